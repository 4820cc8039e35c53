"""What workers post is stored exactly, once, and as a whole."""

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from audit.models import AuditEvent
from journal import rolls
from journal.models import DailyStat, Fill, Instrument, Roll, Run, Trade, TradeFill
from journal.tests import make

pytestmark = pytest.mark.django_db


def counts(
    created: int = 0, updated: int = 0, unchanged: int = 0, removed: int = 0
) -> Any:
    return {"created": created, "updated": updated, "unchanged": unchanged,
            "removed": removed}  # fmt: skip


def test_fills_are_created_then_unchanged_then_updated(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    rows = [make.fill(number) for number in range(4)]
    assert worker.must("fills", make.fills(account, rows)) == counts(created=4)
    assert worker.must("fills", make.fills(account, rows)) == counts(unchanged=4)
    rows[1]["price"] = "101.123456789012"
    rows.append(make.fill(4))
    assert worker.must("fills", make.fills(account, rows)) == counts(1, 1, 3)
    assert Fill.objects.get(external_id="f1").price == Decimal("101.123456789012")
    assert Fill.objects.count() == 5


def test_a_fill_keeps_what_was_sent_to_the_last_digit(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    row = make.fill(
        0,
        quantity="9999999999999999.999999999999",
        price="0",
        commission="-0.000000000001",
        executed_at="2026-03-02T10:00:00.123456-05:00",
        raw={"Fecha": 'a\tb\\c"d', "ñ": ""},
    )
    worker.must("fills", make.fills(account, [row], run_id=str(uuid4())))
    stored = Fill.objects.get()
    assert stored.quantity == Decimal("9999999999999999.999999999999")
    assert stored.commission == Decimal("-0.000000000001")
    assert stored.executed_at.isoformat() == "2026-03-02T15:00:00.123456+00:00"
    assert stored.raw == {"Fecha": 'a\tb\\c"d', "ñ": ""}
    assert stored.run_id is not None


def test_equal_ids_of_two_sources_or_accounts_are_different_fills(
    alice: Any, bob: Any
) -> None:
    first, second, worker = make.account(alice), make.account(bob), make.Worker()
    worker.must("fills", make.fills(first, [make.fill(0)]))
    worker.must("fills", make.fills(first, [make.fill(0)], source="other_csv"))
    worker.must("fills", make.fills(second, [make.fill(0)]))
    assert Fill.objects.count() == 3
    assert Instrument.objects.count() == 2


def test_an_instrument_follows_what_was_sent_last(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(0)]))
    changed = make.instrument(
        multiplier="50", expiry="2026-12-18", strike="1.5", right="C"
    )
    worker.must("fills", make.fills(account, [make.fill(0)], instruments=[changed]))
    instrument = Instrument.objects.get()
    assert (instrument.multiplier, instrument.right) == (50, "C")


def test_trades_replace_the_window_and_say_what_changed(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(8)]))
    rows = [make.trade(account, number) for number in range(4)]
    assert worker.must("trades", make.trades(account, rows)) == counts(created=4)
    assert worker.must("trades", make.trades(account, rows)) == counts(unchanged=4)
    rows[0] = make.trade(account, 0, net="-3")
    assert worker.must("trades", make.trades(account, rows[:3])) == counts(0, 1, 2, 1)
    assert rolls.differences(account) == 0
    assert Roll.objects.get().net == Decimal(25)
    assert TradeFill.objects.count() == 6


def test_only_trades_opened_in_the_window_are_replaced(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(8)]))
    rows = [make.trade(account, number) for number in range(4)]
    worker.must("trades", make.trades(account, rows))
    window = {"window_from": rows[1]["opened_at"], "window_to": rows[3]["opened_at"]}
    assert worker.must("trades", make.trades(account, [], **window)) == counts(
        removed=2
    )
    assert Trade.objects.count() == 2
    assert rolls.differences(account) == 0


def test_a_trade_that_only_changes_its_fills_counts_as_updated(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(2)]))
    row = make.trade(account, 0)
    worker.must("trades", make.trades(account, [row]))
    row["fills"][1]["realized_pnl"] = "13"
    assert worker.must("trades", make.trades(account, [row])) == counts(updated=1)
    assert TradeFill.objects.get(role="exit").realized_pnl == 13


def test_open_trades_stand_outside_the_sums(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(2)]))
    row = make.trade(account, 0, status="open", closed_at=None, exit_price=None)
    worker.must("trades", make.trades(account, [row]))
    assert not Roll.objects.exists()
    worker.must("trades", make.trades(account, [make.trade(account, 0)]))
    assert Roll.objects.get().count == 1


@pytest.mark.parametrize(
    ("zone", "day_roll", "closed_at", "day"),
    [
        ("Etc/UTC", "00:00", "2026-03-03T00:30:00Z", "2026-03-03"),
        ("America/New_York", "00:00", "2026-03-03T00:30:00Z", "2026-03-02"),
        ("America/New_York", "17:00", "2026-03-02T21:59:59Z", "2026-03-02"),
        ("America/New_York", "17:00", "2026-03-02T22:00:00Z", "2026-03-03"),
        ("Europe/Madrid", "05:00", "2026-03-03T03:59:59Z", "2026-03-02"),
        ("Europe/Madrid", "05:00", "2026-03-03T04:00:00Z", "2026-03-03"),
    ],
)
def test_a_trade_falls_on_the_trading_day_of_its_account(
    alice: Any, zone: str, day_roll: str, closed_at: str, day: str
) -> None:
    account = make.account(alice, timezone=zone, day_roll=day_roll)
    worker = make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(2)]))
    row = make.trade(account, 0, closed_at=closed_at)
    worker.must("trades", make.trades(account, [row]))
    assert str(Trade.objects.get().day) == day
    assert str(Roll.objects.get().day) == day


def test_the_sums_of_a_day_are_right(alice: Any) -> None:
    account = make.account(alice)
    make.story(account, ["10.5", "-4.25", "0", "-0.000000000001"])
    roll = Roll.objects.get()
    assert (roll.count, roll.wins, roll.losses) == (4, 1, 2)
    assert roll.gross_profit == Decimal("10.5")
    assert roll.gross_loss == Decimal("-4.250000000001")
    assert (roll.best, roll.worst) == (Decimal("10.5"), Decimal("-4.25"))
    assert (roll.fees, roll.net) == (4, Decimal("6.249999999999"))


def test_a_change_of_zone_is_followed_by_rebuild(alice: Any) -> None:
    account = make.account(alice)
    make.story(account, ["10", "20"])
    account.timezone = "Pacific/Kiritimati"
    account.save()
    rolls.rebuild(account)
    assert rolls.differences(account) == 0
    assert {str(day) for day in Roll.objects.values_list("day", flat=True)} == {
        "2026-03-03"
    }


def test_daily_statistics_replace_the_window(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    days = [make.daily(f"2026-03-0{day}") for day in range(2, 7)]
    assert worker.must("daily-stats", make.dailies(account, days)) == counts(5)
    assert worker.must("daily-stats", make.dailies(account, days)) == counts(0, 0, 5)
    days[4]["return_pct"] = None
    window = {"window_from": "2026-03-03", "window_to": "2026-03-06"}
    body = make.dailies(account, days[3:], **window)
    assert worker.must("daily-stats", body) == counts(0, 1, 1, 2)
    assert DailyStat.objects.count() == 3
    assert DailyStat.objects.get(date="2026-03-06").return_pct is None


def test_a_run_is_created_then_changed(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.run(account, state="running")
    assert worker.must("runs", body) == counts(created=1)
    assert worker.must("runs", body) == counts(unchanged=1)
    assert worker.must("runs", body | {"state": "finished"}) == counts(updated=1)
    assert Run.objects.get().state == "finished"
    answer = worker.send("runs", body).json()
    assert answer["batch_id"] == body["run_id"]


def test_the_same_batch_again_is_a_replay_and_writes_nothing(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(0)])
    first = worker.send("fills", body).json()
    again = worker.send("fills", body).json()
    assert (first["replay"], again["replay"]) == (False, True)
    assert again["created"] == 1
    assert AuditEvent.objects.filter(action="journal.fills").count() == 1


def test_the_same_batch_id_with_another_body_is_a_conflict(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(0)])
    worker.must("fills", body)
    body["rows"][0]["price"] = "1"
    answer = worker.send("fills", body)
    assert answer.status_code == 409
    assert Fill.objects.get().price == 100


def test_every_accepted_write_leaves_one_audit_row(alice: Any) -> None:
    account = make.account(alice)
    make.story(account, ["1", "2"])
    events = AuditEvent.objects.filter(target=str(account.pk))
    assert {event.action for event in events} == {
        "journal.fills", "journal.trades", "journal.daily_stats",
    }  # fmt: skip
    assert events.count() == 3


def test_the_statements_of_a_batch_do_not_grow_with_its_rows(
    alice: Any, django_assert_max_num_queries: Any
) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(number) for number in range(500)])
    with django_assert_max_num_queries(20):
        worker.must("fills", body)


def test_numbers_in_the_tables_are_finite(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    for value in (
        "NaN",
        "Infinity",
        "-Infinity",
        "sNaN",
        "1e5",
        "1E+999999999",
        5,
        5.5,
    ):
        body = make.fills(account, [make.fill(0, price=value)])
        assert worker.send("fills", body).status_code == 422
    for literal in ("NaN", "Infinity", "-Infinity", "1e999"):
        text = json.dumps(make.fills(account, [make.fill(0, price="@")]))
        answer = worker.send("fills", text.replace('"@"', literal))
        assert answer.status_code in {400, 422}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_fill")
        assert cursor.fetchone() == (0,)
