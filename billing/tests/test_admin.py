"""The owners' pages."""

from typing import Any

import pytest
from django.core import mail

from billing.models import InboxEvent, Plan, Receipt
from billing.tests import make
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db
LISTS = ("billing_plans", "billing_receipts", "billing_events", "billing_messages")


@pytest.mark.parametrize("name", LISTS)
def test_owners_see_the_lists_and_editors_do_not(
    buyer: make.Buyer, owner: Any, editor: Any, client_of: Any, name: str
) -> None:
    assert client_of(owner).get(f"/admin/{name}/").status_code == 200
    assert client_of(editor).get(f"/admin/{name}/").status_code in {302, 403}


def test_an_owner_opens_any_receipt(
    buyer: make.Buyer, owner: Any, editor: Any, client_of: Any
) -> None:
    url = f"/admin/billing_receipts/pdf/{Receipt.objects.get().pk}/"
    assert client_of(owner).get(url).content.startswith(b"%PDF")
    assert client_of(editor).get(url).status_code == 302


def test_an_owner_tries_a_dead_event_again(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    event = InboxEvent.objects.filter(type="invoice.paid").get()
    event.attempts, event.processed_at = 11, None
    event.failed("Timeout")
    url = f"/admin/billing_events/replay/{event.pk}/"
    assert "Timeout" in client_of(owner).get(url).content.decode()
    client_of(owner).post(url)
    event.refresh_from_db()
    assert event.processed_at
    assert event.dead_at is None
    assert Receipt.objects.count() == 1


def test_an_owner_sends_a_mail_again(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    queue.sweep()
    message = Message.objects.get()
    client_of(owner).post(f"/admin/billing_messages/replay/{message.pk}/")
    assert len(mail.outbox) == 2
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 1


def test_editors_replay_nothing(buyer: make.Buyer, editor: Any, client_of: Any) -> None:
    event = InboxEvent.objects.first()
    url = f"/admin/billing_events/replay/{event.pk}/"
    assert client_of(editor).post(url).status_code == 302
    assert client_of(editor).post(url)["Location"] == "/admin/"


def test_a_plan_is_written_in_the_admin(owner: Any, client_of: Any) -> None:
    from courses.tests import make as courses

    course = courses.course()
    form = {
        "code": "mini",
        "position": "1",
        "active": "on",
        "name_es": "Mini",
        "name_en": "Mini",
        "unlocks": "courses",
        "courses": [str(course.translation_key)],
        "trial_days": "0",
    }
    answer = client_of(owner).post("/admin/billing_plans/new/", form)
    assert answer.status_code == 302, answer.context["form"].errors
    [scope] = Plan.objects.get(code="mini").scopes
    assert scope == ("course", str(course.translation_key))


def test_a_plan_that_opens_a_level_must_name_it(owner: Any, client_of: Any) -> None:
    form = {"code": "x", "position": "1", "name_es": "X", "name_en": "X",
            "unlocks": "tier", "trial_days": "0"}  # fmt: skip
    answer = client_of(owner).post("/admin/billing_plans/new/", form)
    assert "Name the level" in answer.content.decode()
    assert not Plan.objects.exists()
