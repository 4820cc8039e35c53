"""Each service away or dying in mid-work: right access, no gap, no second number, mail sent.

Redis and the queue away: test_webhook and site/config/tests/test_outages.py. A receipt that
cannot be rendered: test_receipts. Stripe away while somebody buys: test_checkout.
"""

import email
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from billing import inbox, reconcile, tasks
from billing.models import InboxEvent, InvoiceSeries, Receipt
from billing.tests import make
from outbox import queue
from outbox import tasks as outbox_tasks
from outbox.models import Message

NEEDED = {"checkout.session.completed", "invoice.paid"}
ROOT = Path(__file__).parents[2]


def paid(fake: Any, alice: Any, monthly: Any) -> make.Buyer:
    """Alice paid; Stripe's events are in the inbox and not processed."""
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    for row in make.events(fake):
        if row["type"] not in NEEDED:
            continue
        assert make.post(make.public(row)).status_code == 200
    return buyer


@pytest.fixture
def _queue_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "hint", lambda event_id: None)
    monkeypatch.setattr(outbox_tasks, "hint", lambda message_id: None)


def assert_all_is_right(buyer: make.Buyer) -> None:
    make.drain()
    assert not InboxEvent.objects.waiting().exists()
    assert len(buyer.grants()) == 1
    assert [row.number for row in Receipt.objects.all()] == [1]
    assert InvoiceSeries.objects.get(code="receipt").last_number == 1
    Message.objects.waiting().update(next_at=timezone.now())
    queue.sweep()
    assert [one.to for one in mail.outbox] == [[buyer.user.email]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_queue_away")
def test_forty_deliveries_processed_at_once_are_one_of_everything(
    fake: Any, alice: Any, monthly: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    rows = make.events(fake)

    def deliver(number: int) -> int:
        row = rows[number % len(rows)]
        try:
            status = int(make.post(make.public(row)).status_code)
            inbox.process(row["id"])
        finally:
            connections.close_all()
        return status

    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(deliver, range(40))) == {200}
    assert InboxEvent.objects.count() == len(rows)
    # under the customer's lock none had to be tried a second time
    assert not InboxEvent.objects.exclude(last_error="").exists()
    assert not InboxEvent.objects.waiting().exists()
    assert Message.objects.count() == 1
    assert_all_is_right(buyer)


@pytest.mark.django_db
@pytest.mark.usefixtures("_queue_away")
@pytest.mark.parametrize("mode", ["500", "503", "429", "drop", "slow"])
def test_stripe_away_while_an_event_is_processed(
    fake: Any, alice: Any, monthly: Any, mode: str, impatient: None
) -> None:
    buyer = paid(fake, alice, monthly)
    fake.control("outage", mode=mode, seconds=2)
    inbox.sweep()
    assert buyer.grants() == []
    assert not Receipt.objects.exists()
    failed = InboxEvent.objects.waiting()
    assert failed.exists()
    assert all(event.last_error for event in failed)
    fake.control("outage", mode="off")
    assert_all_is_right(buyer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_queue_away")
def test_the_database_restarts_in_mid_event(
    fake: Any, alice: Any, monthly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = paid(fake, alice, monthly)
    follow = reconcile.follow

    def cut(*args: Any, **named: Any) -> Any:
        """All is written and not committed when the server ends the connection."""
        follow(*args, **named)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "follow", cut)
        with pytest.raises((DatabaseError, InterfaceError)):
            inbox.sweep()
    connection.close()
    assert buyer.grants() == []
    assert not Receipt.objects.exists()
    assert not Message.objects.exists()
    assert_all_is_right(buyer)


@pytest.mark.django_db
@pytest.mark.usefixtures("_queue_away")
def test_mail_away_delays_the_mail_and_nothing_else(
    fake: Any, alice: Any, monthly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **named: Any) -> int:
        raise ConnectionRefusedError("no mail server")

    buyer = paid(fake, alice, monthly)
    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMultiAlternatives, "send", away)
        make.drain()
        queue.sweep()
    [message] = Message.objects.waiting()
    assert "no mail server" in message.last_error
    assert len(buyer.grants()) == 1
    assert_all_is_right(buyer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_queue_away")
def test_a_worker_killed_after_sending_sends_again_and_takes_no_second_number(
    fake: Any, alice: Any, monthly: Any, tmp_path: Path
) -> None:
    buyer = paid(fake, alice, monthly)
    make.drain()
    [message] = Message.objects.waiting()
    assert message.attempts == 0
    killed = subprocess.run(  # noqa: S603  our own script
        [sys.executable, "-m", "billing.tests.killed_worker", str(tmp_path)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"{settings.DATABASE_URL.rpartition('/')[0]}/"
            f"{connection.settings_dict['NAME']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "site"), str(ROOT)]),
        },
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    first = email.message_from_bytes((tmp_path / "first.eml").read_bytes())
    assert_all_is_right(buyer)
    [second] = mail.outbox
    assert second.extra_headers["Message-ID"] == first["Message-ID"]
    assert first.get_payload()[-1].get_filename() == "receipt-R-000001.pdf"
