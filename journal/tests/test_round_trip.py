"""The real client against the real site, in one process, over WSGI."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from journal.models import Fill, Trade
from journal.tests import make

ami_worker = pytest.importorskip("ami_worker")
models = pytest.importorskip("ami_worker._models")
pytestmark = pytest.mark.django_db


@pytest.fixture
def connect() -> Iterator[Any]:
    """Clients for a key, each closed at the end."""
    opened: list[Any] = []

    def client(text: str) -> Any:
        transport = httpx.WSGITransport(app=get_wsgi_application())
        opened.append(ami_worker.Client("http://testserver", text, transport=transport))
        return opened[-1]

    # the end of a WSGI request would close the connection that holds the test
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield client
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    for one in opened:
        one.close()


def test_the_client_knows_itself_and_its_accounts(alice: Any, connect: Any) -> None:
    account = make.account(alice, day_roll="17:00", starting_balance="10000.5")
    worker = make.Worker(f"journal:write:{account.pk}")
    client = connect(worker.text)
    assert client.whoami().key_id == worker.key.key_id
    (found,) = client.journal_accounts_list()
    assert (found.id, found.day_roll) == (account.pk, "17:00")
    assert found.starting_balance == Decimal("10000.5")


def test_what_the_client_pushes_is_stored_and_twice_changes_nothing(
    alice: Any, connect: Any
) -> None:
    account, worker = make.account(alice), make.Worker()
    client = connect(worker.text)
    rows = [make.fill(number) for number in range(4)]
    for created, unchanged in ((4, 0), (0, 4)):
        batch = models.FillBatchIn.model_validate(make.fills(account, rows))
        answer = client.journal_fills_push(batch)
        assert (answer.created, answer.unchanged) == (created, unchanged)
        assert client.journal_fills_push(batch).replay
    trades = make.trades(account, [make.trade(account, n) for n in range(2)])
    assert (
        client.journal_trades_replace(models.TradeSetIn.model_validate(trades)).created
        == 2
    )
    stats = make.dailies(account, [make.daily("2026-03-02")])
    assert (
        client.journal_daily_stats_replace(
            models.DailyStatSetIn.model_validate(stats)
        ).created
        == 1
    )
    assert (
        client.journal_runs_put(models.RunIn.model_validate(make.run(account))).created
        == 1
    )
    assert (Fill.objects.count(), Trade.objects.count()) == (4, 2)


def test_the_client_sees_why_it_is_refused(alice: Any, connect: Any) -> None:
    account = make.account(alice)
    batch = models.FillBatchIn.model_validate(make.fills(account, [make.fill(0)]))
    with pytest.raises(ami_worker.AuthError):
        connect("ami_live_wrong").journal_fills_push(batch)
    twice = models.FillBatchIn.model_validate(
        make.fills(account, [make.fill(0), make.fill(0)])
    )
    with pytest.raises(ami_worker.ValidationError) as refused:
        connect(make.Worker().text).journal_fills_push(twice)
    assert refused.value.errors == (("rows.1.external_id", "same as rows.0"),)
    batch = batch.model_copy(update={"account_id": batch.batch_id})
    with pytest.raises(ami_worker.ApiError) as missing:
        connect(make.Worker().text).journal_fills_push(batch)
    assert missing.value.status == 404
