"""What waits in the inbox and the outbox, as owners see and repair it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from billing import queues
from billing.models import InboxEvent
from billing.tests import make
from outbox.models import Message

pytestmark = pytest.mark.django_db


def event(name: str, **fields: Any) -> InboxEvent:
    return InboxEvent.objects.create(
        id=name,
        type="customer.updated",
        livemode=False,
        created=timezone.now(),
        payload=make.event(id=name),
        **fields,
    )


@pytest.fixture
def some(db: None) -> None:
    """One event in each state."""
    now = timezone.now()
    event("evt_waiting")
    event("evt_failing", attempts=2, last_error="Timeout")
    event("evt_done", processed_at=now)
    event("evt_dead", attempts=12, dead_at=now, last_error="ZeroDivisionError")


@pytest.mark.parametrize("state", ["waiting", "failing", "done", "dead"])
def test_the_list_shows_one_state(
    some: None, owner: Any, client_of: Any, state: str
) -> None:
    page = client_of(owner).get("/admin/billing_events/", {"state": state})
    assert [row.pk for row in page.context["object_list"]] == [f"evt_{state}"]


def test_the_outbox_is_filtered_by_state_and_kind(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    url = "/admin/billing_messages/"
    client = client_of(owner)

    def count(**query: str) -> int:
        return len(client.get(url, query).context["object_list"])

    assert count(state="waiting", kind="billing-mail") == 1
    assert count(state="done") == 0


def test_trying_again_is_written_down(
    some: None, fake: Any, owner: Any, client_of: Any
) -> None:
    url = "/admin/billing_events/replay/evt_dead/"
    assert "ZeroDivisionError" in client_of(owner).get(url).content.decode()
    assert not AuditEvent.objects.filter(action="billing.replay").exists()
    client_of(owner).post(url)
    audited = AuditEvent.objects.get(action="billing.replay")
    assert (audited.actor, audited.target) == (owner.email, "event:evt_dead")
    assert InboxEvent.objects.get(pk="evt_dead").processed_at


def test_all_that_were_given_up_are_tried_at_once(
    some: None, fake: Any, owner: Any, client_of: Any
) -> None:
    event("evt_dead_too", attempts=12, dead_at=timezone.now())
    url = "/admin/billing_events/replay-all/"
    client = client_of(owner)
    assert client.get(url).context["count"] == 2
    client.post(url)
    processed = InboxEvent.objects.exclude(processed_at=None)
    assert processed.filter(pk__startswith="evt_dead").count() == 2
    assert AuditEvent.objects.filter(action="billing.replay").count() == 2


def test_a_mail_sent_again_is_written_down(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    message = Message.objects.get()
    client_of(owner).post(f"/admin/billing_messages/replay/{message.pk}/")
    audited = AuditEvent.objects.get(action="outbox.replay")
    assert audited.data["key"] == message.key


def test_editors_try_nothing_again(some: None, editor: Any, client_of: Any) -> None:
    client = client_of(editor)
    for name in ("events", "messages"):
        url = f"/admin/billing_{name}/replay-all/"
        assert client.post(url)["Location"] == "/admin/"
    assert InboxEvent.objects.dead().count() == 1


def test_what_waits_too_long_or_was_given_up_needs_a_look() -> None:
    assert not queues.events().needs_a_look
    row = event("evt_1")
    assert (queues.events().waiting, queues.events().needs_a_look) == (1, False)
    InboxEvent.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert queues.events().needs_a_look
    row.refresh_from_db()
    row.done()
    assert queues.events().oldest is None
    event("evt_2", dead_at=timezone.now())
    assert (queues.events().dead, queues.events().needs_a_look) == (1, True)


def test_the_first_page_of_the_admin_warns_owners(
    some: None, owner: Any, editor: Any, client_of: Any
) -> None:
    page = client_of(owner).get("/admin/").content.decode()
    shown = page[page.index('id="ami-queues') :]
    assert "help-warning" in shown
    assert "?state=dead" in shown
    assert "ami-queues" not in client_of(editor).get("/admin/").content.decode()
