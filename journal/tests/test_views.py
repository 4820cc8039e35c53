"""The student's pages: what they say, and to whom."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from journal.models import Account, Trade, TradeNote
from journal.tests import make

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]
DASHBOARD = "/en/journal/"


@pytest.fixture
def account(alice: Any) -> Account:
    """Four trades on 2 March 2026: 20 and 0, -5 and 12.5."""
    found = make.account(alice)
    make.story(found, ["20", "-5", "0", "12.5"])
    return found


def test_a_visitor_is_sent_to_sign_in(account: Account) -> None:
    for url in (
        DASHBOARD,
        "/en/journal/trades.csv",
        f"/en/journal/trades/{account.pk}/",
    ):
        answer = Client().get(url)
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


def test_without_an_account_the_page_says_how_to_get_one(
    bob: Any, client_of: ClientOf
) -> None:
    page = client_of(bob).get(DASHBOARD)
    assert page.status_code == 200
    assert "No journal account yet" in page.text


def test_an_account_without_trades_says_so(alice: Any, client_of: ClientOf) -> None:
    make.account(alice)
    assert "No trades yet" in client_of(alice).get(DASHBOARD).text


def test_the_key_figures_are_right_and_explain_themselves(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    page = client_of(alice).get(DASHBOARD)
    strip = {figure.label: figure for figure in page.context["strip"]}
    assert (strip["Net P&L"].text, strip["Net P&L"].unit) == ("+27.50", "USD")
    assert strip["Expectancy"].text == "+6.88"  # 27.5 / 4
    assert strip["Max. drawdown"].text == "−5.00"
    assert strip["Closed trades"].sample == "2 won · 1 lost · 1 even"
    text = page.text.replace("\u00a0", " ")
    assert "50.0%" in text
    assert "6.50" in text  # 32.5 / 5
    assert "Trades with a profit after costs, out of all closed trades: 2 of 4." in text
    assert "Only 4 trades" in text
    assert "promise nothing" in text


def test_the_figures_follow_the_language(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    text = client_of(alice).get("/es/journal/").text.replace("\u00a0", " ")
    assert "+27,50" in text
    assert "50,0 %" in text


def test_undefined_figures_are_a_dash(alice: Any, client_of: ClientOf) -> None:
    account = make.account(alice)
    make.story(account, ["10"])
    client = client_of(alice)
    assert "∞" in client.get(DASHBOARD).text
    nothing = client.get(
        DASHBOARD, {"period": "custom", "from": "2020-01-01", "to": "2020-02-01"}
    )
    assert nothing.text.count("—") >= 3
    assert "No trade was closed in these days" in nothing.text


def test_the_curve_is_drawn_and_told(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    text = client_of(alice).get(DASHBOARD).text.replace("\u00a0", " ")
    assert text.count('<svg class="journal-chart') == 2
    assert "starts at 10,000.00 USD and ends at 10,027.50 USD" in text
    assert "Deepest fall: 5.00 USD" in text
    assert "View as table" in text


def test_the_calendar_shows_the_month_of_the_last_trade(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    client = client_of(alice)
    text = client.get(DASHBOARD).text
    assert "March 2026" in text
    assert "February 2026" in client.get(DASHBOARD, {"month": "2026-02"}).text
    for junk in ("2026-13", "9999-12", "x", "0000-00"):
        assert client.get(DASHBOARD, {"month": junk}).status_code == 200


@pytest.mark.parametrize(
    "period", ["all", "month", "90d", "year", "custom", "junk", ""]
)
def test_every_period_answers(
    alice: Any, account: Account, client_of: ClientOf, period: str
) -> None:
    client = client_of(alice)
    for dates in (
        {},
        {"from": "2026-03-02", "to": "2026-03-02"},
        {"from": "x", "to": "0"},
    ):
        page = client.get(DASHBOARD, {"period": period, **dates})
        assert page.status_code == 200


def test_a_period_narrows_everything(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    day = {"period": "custom", "from": "2026-03-03", "to": "2026-03-02"}
    client = client_of(alice)
    assert "27.50" in client.get(DASHBOARD, day).text
    later = day | {"from": "2026-03-03", "to": "2026-03-09"}
    text = client.get(DASHBOARD, later).text
    assert "+27.50" not in text.partition("By symbol")[0].partition("journal-month")[0]


def test_pages_follow_each_other_without_gap_or_repeat(
    alice: Any, client_of: ClientOf
) -> None:
    account = make.account(alice)
    make.story(account, [str(number) for number in range(60)])
    # all close at the same moment: only the id tells them apart
    moment = make.START + timedelta(days=9)
    Trade.objects.update(closed_at=moment, day=moment.date())
    client, seen, query = client_of(alice), [], {}
    for _ in range(3):
        page = client.get(DASHBOARD, query).context["page"]
        seen += [trade.pk for trade in page.trades]
        query = {"after": page.older}
    assert page.older == ""
    assert len(seen) == len(set(seen)) == 60
    for junk in ("x", "é", "AAAA", "=" * 9):
        assert client.get(DASHBOARD, {"after": junk}).context["page"].is_first


def test_a_trade_shows_its_executions(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    trade = Trade.objects.get(net_pnl=20)
    with translation.override("en"):
        page = client_of(alice).get(trade.get_absolute_url())
    assert page.status_code == 200
    for text in ("AAPL", "+20.00", "Executions", "10:00:00", "0.50"):
        assert text in page.text


def test_a_note_is_kept_shown_and_removed(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    client, trade = client_of(alice), Trade.objects.get(net_pnl=20)
    url = f"/en/journal/trades/{trade.pk}/"
    answer = client.post(
        url, {"text": "Too early <b>", "tags": "breakout, fomo, breakout,"}
    )
    assert answer.status_code == 302
    note = TradeNote.objects.get()
    assert (note.text, note.tags) == ("Too early <b>", ["breakout", "fomo"])
    assert "Too early &lt;b&gt;" in client.get(url).text
    assert "has a note" in client.get(DASHBOARD).text
    client.post(url, {"text": "", "tags": ""})
    assert not TradeNote.objects.exists()


def test_a_note_survives_a_new_matching(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    client, trade = client_of(alice), Trade.objects.get(net_pnl=20)
    client.post(f"/en/journal/trades/{trade.pk}/", {"text": "Kept", "tags": ""})
    rows = [make.trade(account, 0, net="20", id="11111111-1111-4111-8111-111111111111")]
    make.Worker().must("trades", make.trades(account, rows))
    page = client.get("/en/journal/trades/11111111-1111-4111-8111-111111111111/")
    assert "Kept" in page.text
    client.post(page.request["PATH_INFO"], {"text": "Changed", "tags": ""})
    assert TradeNote.objects.get().text == "Changed"


@pytest.mark.parametrize(
    "tags", [", ".join(f"t{n}" for n in range(11)), "x" * 31, "y" * 401]
)
def test_too_many_or_too_long_tags_are_refused(
    alice: Any, account: Account, client_of: ClientOf, tags: str
) -> None:
    trade = Trade.objects.get(net_pnl=20)
    answer = client_of(alice).post(
        f"/en/journal/trades/{trade.pk}/", {"text": "a\0b", "tags": tags}
    )
    assert answer.status_code == 422
    assert not TradeNote.objects.exists()


def test_the_csv_holds_every_trade_exactly(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    answer = client_of(alice).get("/en/journal/trades.csv", {"account": account.pk})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["net_pnl"] for row in rows] == ["12.5", "0", "-5", "20"]
    assert rows[0]["symbol"] == "AAPL"
    assert "attachment" in answer["Content-Disposition"]


def test_a_symbol_cannot_run_as_a_formula(alice: Any, client_of: ClientOf) -> None:
    account, worker = make.account(alice), make.Worker()
    instruments = [make.instrument(symbol="=1+1")]
    worker.must(
        "fills",
        make.fills(account, [make.fill(0), make.fill(1)], instruments=instruments),
    )
    worker.must("trades", make.trades(account, [make.trade(account, 0)]))
    answer = client_of(alice).get("/en/journal/trades.csv")
    assert "'=1+1" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_nobody_else_finds_an_account_or_trade(
    account: Account, bob: Any, editor: Any, owner: Any, client_of: ClientOf
) -> None:
    trade = Trade.objects.first()
    assert trade is not None
    for person in (bob, editor, owner):
        client = client_of(person)
        make.account(person)
        for url in (
            f"{DASHBOARD}?account={account.pk}",
            f"/en/journal/trades.csv?account={account.pk}",
            f"/en/journal/trades/{trade.pk}/",
        ):
            assert client.get(url).status_code == 404
        assert (
            client.post(f"/en/journal/trades/{trade.pk}/", {"text": "x"}).status_code
            == 404
        )
        assert client.get(f"{DASHBOARD}?account=junk").status_code == 404
    assert not TradeNote.objects.exists()


def test_currencies_are_never_mixed(alice: Any, client_of: ClientOf) -> None:
    account = make.account(alice)
    make.story(account, ["10"])
    rows = [make.trade(account, 0, net="99", currency="EUR")]
    make.Worker().must("trades", make.trades(account, rows))
    client = client_of(alice)
    assert "99.00" not in client.get(DASHBOARD).text
    assert "+99.00" in client.get(DASHBOARD, {"currency": "EUR"}).text
    assert client.get(DASHBOARD, {"currency": "XXX"}).status_code == 404


def test_the_dashboard_asks_the_same_questions_however_many_trades(
    alice: Any, client_of: ClientOf
) -> None:
    account, client = make.account(alice), client_of(alice)
    for nets in (["1", "2"], [str(number) for number in range(40)]):
        make.story(account, nets)
        with CaptureQueriesContext(connection) as asked:
            client.get(DASHBOARD)
        own = [query for query in asked if '"journal_' in query["sql"]]
        assert len(own) == 12


def test_the_students_dashboard_and_menu_lead_here(
    alice: Any, account: Account, client_of: ClientOf
) -> None:
    page = client_of(alice).get("/en/dashboard/")
    assert 'href="/en/journal/"' in page.text
    assert "+27.50" in page.text


def test_a_failing_journal_leaves_the_other_pages_alone(
    alice: Any, account: Account, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_account RENAME TO journal_gone")
    page = client_of(alice).get("/en/dashboard/")
    assert page.status_code == 200
    assert "+27.50" not in page.text


def test_owners_see_accounts_and_runs_others_do_not(
    account: Account, owner: Any, editor: Any, client_of: ClientOf
) -> None:
    make.Worker().must("runs", make.run(account))
    accounts, runs = reverse("journal_accounts:index"), reverse("journal_runs:index")
    page = client_of(owner).get(accounts)
    assert account.user.email in page.text
    assert "statement.csv" in client_of(owner).get(runs).text
    assert client_of(owner).get(f"{accounts}new/").status_code == 302
    assert client_of(editor).get(accounts).status_code == 302
