import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ami_worker import sending
from fake_site import ACCOUNT, FakeSite, account

Worker = Callable[..., Any]
HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"


def spot(tmp_path: Path, name: str, *rows: tuple[str, str, str, str]) -> Path:
    """A Binance file of (time, side, price, quantity) rows of BTCUSDT."""
    lines = [
        f"2026-03-{time},BTCUSDT,{side},{price},{quantity}BTC,"
        f"{Decimal(price) * Decimal(quantity)}USDT,0.1USDT\n"
        for time, side, price, quantity in rows
    ]
    path = tmp_path / name
    path.write_text(HEADER + "".join(lines))
    return path


ROWS = [
    ("01 10:00:00", "BUY", "100", "2"),
    ("01 11:00:00", "SELL", "110", "1"),
    ("02 10:00:00", "SELL", "120", "1"),
    ("03 10:00:00", "BUY", "90", "3"),
    ("04 10:00:00", "SELL", "80", "3"),
]


def test_a_file_becomes_fills_trades_days_and_a_run(
    worker: Worker, site: FakeSite, samples: Path
) -> None:
    result = worker("push", samples / "thinkorswim_both_sections.csv")
    assert result.code == 0
    assert len(site.fills) == 7
    long, short = site.trades["equity:AAPL:USD"]
    assert (long["gross_pnl"], short["gross_pnl"]) == ("120", "25")
    assert long["fees"] == "0.7"
    assert sum(Decimal(day["net_pnl"]) for day in site.days) == Decimal("231.29")
    (run,) = site.runs.values()
    assert (run["state"], run["rows_rejected"]) == ("finished", 0)
    assert len(run["sha256"]) == 64


def test_the_same_file_again_sends_nothing(
    worker: Worker, site: FakeSite, samples: Path
) -> None:
    worker("push", samples / "trade_history_2026.csv")
    site.log.clear()
    result = worker("push", samples / "trade_history_2026.csv")
    assert result.code == 0
    assert "nothing new" in result.out
    assert site.log == ["journal_accounts_list"]


def test_overlapping_files_in_any_order_end_the_same(
    worker: Worker, site: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        spot(tmp_path, "a.csv", *ROWS[:3]),
        spot(tmp_path, "b.csv", *ROWS[1:4]),
        spot(tmp_path, "c.csv", *ROWS[2:]),
    ]
    ends = set()
    for number, order in enumerate(itertools.permutations(files)):
        monkeypatch.setenv("AMI_WORKER_HOME", str(tmp_path / f"home{number}"))
        site.fills, site.trades, site.days = {}, {}, []
        for path in (*order, order[0]):
            assert worker("push", path).code == 0
        ends.add(site.state())
    assert len(ends) == 1
    assert len(site.fills) == 5


def test_only_instruments_with_other_trades_are_sent(
    worker: Worker, site: FakeSite, samples: Path, tmp_path: Path
) -> None:
    worker("push", samples / "trade_history_2026.csv")
    site.log.clear()
    result = worker("push", spot(tmp_path, "more.csv", *ROWS[:2]))
    assert "1 instruments with other trades" in result.out
    assert site.log.count("journal_trades_replace") == 1


def test_legs_replace_the_net_row_of_a_spread(
    worker: Worker, site: FakeSite, samples: Path, tmp_path: Path
) -> None:
    full = (samples / "thinkorswim_both_sections.csv").read_text()
    cash = tmp_path / "cash.csv"
    cash.write_text(full.split("Account Trade History")[0])
    worker("push", cash)
    assert site.trades["option:SPY:2026-01-16:690/685:P:USD"]
    worker("push", samples / "thinkorswim_both_sections.csv")
    assert site.trades["option:SPY:2026-01-16:690/685:P:USD"] == []
    assert site.trades["option:SPY:2026-01-16:690:P:USD"][0]["status"] == "closed"
    assert len(site.trades["equity:AAPL:USD"]) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408, 425, 409])
def test_batches_wait_while_the_site_is_away_and_go_out_in_order(
    status: int, worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    path = spot(tmp_path, "a.csv", *ROWS)
    site.fail("journal_runs_put", status, times=99)
    result = worker("push", path)
    assert result.code == 75
    assert "waiting" in result.err
    assert not site.fills
    site.recover()
    site.log.clear()
    again = worker("push", path)
    assert "nothing new" in again.out
    assert again.code == 0
    assert site.log[1:] == [
        "journal_runs_put",
        "journal_fills_push",
        "journal_trades_replace",
        "journal_daily_stats_replace",
        "journal_runs_put",
    ]
    assert worker("outbox", "list").out == "the outbox is empty\n"


def test_works_with_the_site_down_once_the_account_is_known(
    worker: Worker, site: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker("push", spot(tmp_path, "a.csv", *ROWS[:2]))
    monkeypatch.setenv("AMI_WORKER_URL", "http://127.0.0.1:9")
    result = worker("push", spot(tmp_path, "b.csv", *ROWS))
    assert result.code == 75
    assert "using the account as last seen" in result.err
    monkeypatch.setenv("AMI_WORKER_URL", site.url)
    assert worker("outbox", "send").code == 0
    assert len(site.fills) == 5


def test_says_so_when_the_account_was_never_seen(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_WORKER_URL", "http://127.0.0.1:9")
    result = worker("push", spot(tmp_path, "a.csv", *ROWS))
    assert result.code == 75
    assert "push it again later" in result.err


def test_an_answer_cut_after_storing_is_a_replay(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    site.fail("journal_fills_push", 0)
    assert worker("push", spot(tmp_path, "a.csv", *ROWS)).code == 0
    assert len(site.fills) == 5
    assert site.log.count("journal_fills_push") == 2


def test_killed_between_the_post_and_the_note_of_it_nothing_is_lost_or_doubled(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    path = spot(tmp_path, "a.csv", *ROWS)
    site.fail("journal_fills_push", -1)
    command = [sys.executable, "-m", "ami_worker", "push", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        assert site.stalled.wait(30)
        process.kill()
    site.go_on.set()
    assert worker("outbox", "send").code == 0
    assert len(site.fills) == 5
    assert site.log.count("journal_fills_push") == 2
    assert "nothing new" in worker("push", path).out


def test_a_login_page_with_status_200_is_no_delivery(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    page = {"Content-Type": "text/html"}
    site.fail("journal_fills_push", 200, times=9, body=b"<html>", headers=page)
    result = worker("push", spot(tmp_path, "a.csv", *ROWS))
    assert result.code == 75
    assert "not as an AMI journal does" in result.err


def test_a_refused_batch_is_kept_with_the_answer_and_can_be_retried(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    body = json.dumps({"detail": "no such account"}).encode()
    site.fail("journal_trades_replace", 404, body=body)
    path = spot(tmp_path, "a.csv", *ROWS)
    result = worker("push", path)
    assert result.code == 1
    listed = worker("outbox", "list").out
    assert "dead  trades  2 rows" in listed
    assert "no such account" in listed
    assert worker("push", path).code == 1  # not sent again by itself
    assert worker("outbox", "retry").code == 0
    assert len(site.trades) == 1


def test_a_newer_set_replaces_a_refused_one(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    site.fail("journal_trades_replace", 404)
    worker("push", spot(tmp_path, "a.csv", *ROWS[:2]))
    assert worker("push", spot(tmp_path, "b.csv", *ROWS)).code == 0
    assert len(site.trades["crypto_spot:binance:BTCUSDT"]) == 2


def test_rows_that_the_site_names_are_set_aside_and_the_rest_is_sent(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    problem = {
        "detail": "1 row",
        "errors": [{"field": "rows.1.price", "message": "odd"}],
    }
    site.fail("journal_fills_push", 422, body=json.dumps(problem).encode())
    result = worker("push", spot(tmp_path, "a.csv", *ROWS))
    assert result.code == 1
    assert "rows.1.price: odd" in result.err
    assert len(site.fills) == 4
    assert "dead  fills  1 rows" in worker("outbox", "list").out
    assert worker("outbox", "retry").code == 0
    assert len(site.fills) == 5


def test_refused_fills_are_retried_before_the_trades_that_need_them(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    rows = {"detail": "1 row", "errors": [{"field": "rows.1.price", "message": "odd"}]}
    site.fail("journal_fills_push", 422, body=json.dumps(rows).encode())
    fills = {"errors": [{"field": "rows.0.fills.1.external_id", "message": "unknown"}]}
    site.fail("journal_trades_replace", 422, body=json.dumps(fills).encode())
    worker("push", spot(tmp_path, "a.csv", *ROWS))
    site.log.clear()
    assert worker("outbox", "retry").code == 0
    assert site.log == ["journal_fills_push", "journal_trades_replace"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_and_keeps_the_batches(
    status: int, worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    site.fail("journal_runs_put", status)
    path = spot(tmp_path, "a.csv", *ROWS)
    result = worker("push", path)
    assert result.code == 77
    assert str(status) in result.err
    assert worker("push", path).code == 0
    assert len(site.fills) == 5


def test_large_files_are_cut_into_batches(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    rows = [
        (f"{day:02} {hour:02}:{minute:02}:{second:02}", side, "100", "1")
        for day in range(1, 4)
        for hour in range(24)
        for minute in range(60)
        for second, side in ((0, "BUY"), (30, "SELL"))
    ]
    assert worker("push", spot(tmp_path, "big.csv", *rows)).code == 0
    assert len(site.fills) == len(rows) == 8640
    assert site.log.count("journal_fills_push") >= 2
    assert site.log.count("journal_trades_replace") == 3


def test_resend_sends_everything_again(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    path = spot(tmp_path, "a.csv", *ROWS)
    worker("push", path)
    before = site.state()
    site.fills, site.trades, site.days = {}, {}, []
    assert worker("push", "--resend", path).code == 0
    assert site.state() == before


def test_a_change_of_the_account_s_day_sends_only_new_days(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    path = spot(tmp_path, "a.csv", *ROWS)
    worker("push", path)
    site.accounts = [account(timezone="Pacific/Kiritimati")]
    site.log.clear()
    worker("push", path)
    assert "journal_daily_stats_replace" in site.log
    assert "journal_fills_push" not in site.log


def test_several_accounts_need_a_choice(
    worker: Worker, site: FakeSite, tmp_path: Path
) -> None:
    other = "22222222-2222-4222-8222-222222222222"
    site.accounts = [account(), account(id=other, name="Second")]
    path = spot(tmp_path, "a.csv", *ROWS)
    result = worker("push", path)
    assert result.code == 78
    assert other in result.err
    assert worker("push", "--account", ACCOUNT, path).code == 0


def test_whoami_formats_and_check(
    worker: Worker, site: FakeSite, samples: Path
) -> None:
    assert "journal:write" in worker("whoami").out
    assert "binance_spot_csv" in worker("formats").out
    result = worker("check", samples / "cash_balance_options_spread.csv")
    assert "fills: 4" in result.out
    assert "journal_fills_push" not in site.log


def test_the_key_comes_from_a_file_and_is_never_printed(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_WORKER_KEY", "wrong-secret")
    result = worker("whoami")
    assert result.code == 77
    assert "wrong-secret" not in result.out + result.err
    key = tmp_path / "key"
    key.write_text("good-key\n")
    assert worker("whoami", "--key-file", key).code == 0


def test_missing_settings_are_named(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMI_WORKER_KEY")
    result = worker("push", spot(tmp_path, "a.csv", *ROWS))
    assert (result.code, "AMI_WORKER_KEY_FILE" in result.err) == (78, True)


def test_backoff_is_full_jitter_and_retry_after_wins() -> None:
    busy = sending.ApiError(429, "slow down", retry_after=7)
    backoff = sending.Backoff(patience=30)
    assert backoff(busy) == 7
    assert backoff(sending.ApiError(429, "later", retry_after=3600)) is False
    assert backoff(sending.ApiError(404, "no")) is False
    waits = [sending.Backoff(30)(sending.TransportError("gone")) for _ in range(50)]
    assert all(0 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 10
