"""An account that was erased: nothing of the copies says whose it was, and nothing that
runs later brings it back. Only the receipts keep their buyer, as the law asks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing import nightly, pdf, stripe_api
from billing.fakestripe import server
from billing.models import CustomerLink, InboxEvent, PlanPrice, Receipt
from billing.tests import lives, make
from courses import enrolment
from courses.models import Course
from courses.tests import make as courses
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db

EMAIL, NAME = "wilhelmina@quxley.example", "Wilhelmina Quxley"
STREET, PHONE, TAX_ID = "Unrepeated Lane 7", "+34600987654", "ESX9876543Z"
TELLTALES = (EMAIL, NAME, STREET, PHONE, TAX_ID)
ADDRESS = {
    "line1": STREET, "line2": None, "city": "Soria", "postal_code": "42001",
    "state": None, "country": "ES",
}  # fmt: skip
PERSON = {"name": NAME, "email": EMAIL, "phone": PHONE, "address": ADDRESS}
SHIPPING = {"name": NAME, "phone": PHONE, "address": ADDRESS}
LINK = f"https://invoice.stripe.example/{EMAIL}"
OF_KIND: dict[str, dict[str, Any]] = {
    "customer": {**PERSON, "shipping": SHIPPING, "description": f"For {NAME}",
                 "individual_name": NAME, "business_name": NAME},
    "invoice": {
        "customer_email": EMAIL, "customer_name": NAME, "customer_phone": PHONE,
        "customer_address": ADDRESS, "customer_shipping": SHIPPING,
        "customer_tax_ids": [{"type": "es_cif", "value": TAX_ID}],
        "hosted_invoice_url": LINK, "invoice_pdf": LINK,
    },
    "charge": {
        "billing_details": {**PERSON, "tax_id": TAX_ID}, "receipt_email": EMAIL,
        "receipt_url": LINK, "shipping": SHIPPING,
    },
    "payment_intent": {"receipt_email": EMAIL, "shipping": SHIPPING},
    "payment_method": {"billing_details": {**PERSON, "tax_id": TAX_ID}},
    "checkout.session": {
        "customer_email": EMAIL,
        "customer_details": {**PERSON, "tax_ids": [{"type": "es_cif", "value": TAX_ID}]},
        "collected_information": {"shipping_details": SHIPPING},
        "custom_fields": [{"key": "company", "text": {"value": NAME}}],
    },
    "dispute": {"evidence": {"customer_name": NAME, "billing_address": STREET}},
}  # fmt: skip


def personal(value: Any) -> Any:
    """The object with all that Stripe may know of a person in it, at every depth."""
    if isinstance(value, list):
        return [personal(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = "" if value.get("deleted") else value.get("object")
    return {
        **{name: personal(one) for name, one in value.items()},
        **OF_KIND.get(str(kind), {}),
    }


def enrich(fake: server.Fake) -> None:
    for kind, rows in fake.store.objects.items():
        for key in rows:
            rows[key] = personal(fake.store.objects[kind][key])


def found_anywhere() -> set[tuple[str, str]]:
    """(table, telltale) of every row that still says who it was, receipts left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            " AND table_name ~ '^(billing|djstripe|outbox|audit)_'"
        )
        tables = {row[0] for row in cursor.fetchall()} - {"billing_receipt"}
        found = set()
        for table in sorted(tables):
            for text in TELLTALES:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" t WHERE strpos(t::text, %s) > 0 LIMIT 1',  # noqa: S608
                    [text],
                )
                if cursor.fetchone():
                    found.add((table, text))
    return found


@pytest.fixture
def person(make_user: Callable[..., Any]) -> Any:
    return make_user(NAME, email=EMAIL, language="en")


def erase(user: User, client_of: Callable[[Any], Client]) -> None:
    answer = client_of(user).post("/en/data/", {"email": EMAIL})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert not user.is_active


def everything_again(fake: server.Fake) -> None:
    """All that may fetch: every event anew, the night, both commands, what waits."""
    enrich(fake)
    InboxEvent.objects.update(processed_at=None, dead_at=None, attempts=0)
    make.drain()
    make.deliver(fake)
    nightly.run()
    list(nightly.from_stripe())
    call_command("billing_reconcile", verbosity=0)
    call_command("billing_sync", verbosity=0)
    queue.sweep()


def live(person: Any, fake: server.Fake, monthly: PlanPrice) -> str:
    """Enrolled, subscribed, refunded in part, disputed, overdue, ended; the customer's id."""
    course = courses.course()
    enrolment.enrol(person, Course.objects.get(key=course.translation_key))
    buyer = make.Buyer(person, fake)
    buyer.start(monthly)
    buyer.pay()
    enrich(fake)
    make.deliver(fake)
    customer, subscription = buyer.customer, buyer.subscription["id"]
    fake.control("refund", customer=customer, amount=500)
    fake.control("dispute", customer=customer)
    fake.control("renew", subscription=subscription, fail=True)
    enrich(fake)
    make.deliver(fake)
    fake.control("expire_subscription", subscription=subscription)
    enrich(fake)
    make.deliver(fake)
    return customer


def leave_loose_ends(person: Any, fake: server.Fake, customer: str) -> None:
    """An event that was given up, one that waits, mails under way and one that failed."""
    InboxEvent.objects.filter(type="invoice.paid").update(
        processed_at=None, dead_at="2026-01-01T00:00Z", last_error=f"refused: {EMAIL}"
    )
    make.post(
        make.event(id="evt_late", data={"object": fake.store.get("customer", customer)})
    )
    letter = {"to": EMAIL, "subject": "x", "text": f"Dear {NAME}", "html": ""}
    for key, done in (("sent", timezone.now()), ("waits", None)):
        Message.objects.create(
            kind="account-mail", key=key, payload=letter, done_at=done
        )
    Message.objects.filter(payload__user=person.pk).update(last_error=f"550 {EMAIL}")


def test_a_whole_life_is_forgotten_and_stays_forgotten(
    person: Any,
    fake: server.Fake,
    monthly: PlanPrice,
    client_of: Callable[[Any], Client],
    private_files: None,
) -> None:
    customer = live(person, fake, monthly)
    leave_loose_ends(person, fake, customer)
    assert {table for table, _text in found_anywhere()} >= {
        "billing_inboxevent", "djstripe_customer", "djstripe_charge", "djstripe_invoice",
        "djstripe_session", "djstripe_paymentmethod", "djstripe_dispute", "outbox_message",
    }  # fmt: skip

    erase(person, client_of)
    assert found_anywhere() == set()
    assert not Message.objects.filter(done_at=None, payload__has_key="to").exists()
    everything_again(fake)
    assert found_anywhere() == set()

    assert CustomerLink.objects.get(customer=customer).user is None
    receipts = list(Receipt.objects.all())
    assert {row.kind for row in receipts} == {"receipt", "credit_note"}
    for row in receipts:
        assert row.snapshot["customer"]["name"] == NAME
        assert pdf.ensure(row).startswith(b"%PDF")


class PersonalWorld(lives.World):
    """A recorded life, of somebody whom Stripe knows well."""

    def _put(self, obj: dict[str, Any]) -> None:
        super()._put(personal(obj))

    def deliver(self, numbers: Any) -> None:
        make.deliver(self.fake, [personal(self.events[number]) for number in numbers])


ENDED = (
    "renewed and cancelled",
    "first payment declined, expired",
    "overdue, then ended",
    "with a coupon, refunded in part, then whole",
    "bought one course",
    "deleted at Stripe",
)


@pytest.fixture
def the_day_after(fake: server.Fake) -> Iterator[None]:
    """The stand-in's own clock must not carry the recorded lives on."""
    with time_machine.travel(datetime(2026, 9, 2, 14, tzinfo=UTC), tick=False):
        yield
        fake.control("reset", seed=False)


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.usefixtures("the_day_after")
def test_each_life_that_may_be_erased_is(
    name: str, person: Any, fake: server.Fake, client_of: Callable[[Any], Client]
) -> None:
    world = PersonalWorld(fake, lives.NAMES.index(name), person)
    for step in range(len(world.events)):
        world.step(step)
        world.deliver([step])
    assert found_anywhere()
    kept = Receipt.objects.count()
    erase(person, client_of)
    assert found_anywhere() == set()
    InboxEvent.objects.update(processed_at=None, attempts=0)
    world.deliver(range(len(world.events)))
    nightly.run()
    list(nightly.from_stripe())
    assert found_anywhere() == set()
    assert Receipt.objects.count() == kept


def test_an_event_that_fails_keeps_nothing_of_somebody_erased(
    person: Any,
    fake: server.Fake,
    monthly: PlanPrice,
    client_of: Callable[[Any], Client],
) -> None:
    buyer = make.Buyer(person, fake)
    buyer.subscribe(monthly)
    customer = buyer.customer
    fake.control("expire_subscription", subscription=buyer.subscription["id"])
    make.deliver(fake)
    erase(person, client_of)
    enrich(fake)
    fake.control("outage", mode="500")
    make.post(
        make.event(id="evt_late", data={"object": fake.store.get("customer", customer)})
    )
    make.drain()
    late = InboxEvent.objects.get(pk="evt_late")
    assert late.attempts == 1
    assert late.payload["data"]["object"] == {"id": customer, "object": "customer"}
    assert found_anywhere() == set()


def test_others_keep_what_is_theirs(
    person: Any,
    buyer: make.Buyer,
    fake: server.Fake,
    client_of: Callable[[Any], Client],
) -> None:
    """Alice pays; somebody else's erasure touches nothing of hers."""
    from djstripe import models as djstripe

    before = list(djstripe.Invoice.objects.values("id", "stripe_data"))
    events = list(InboxEvent.objects.order_by("pk").values("pk", "payload"))
    mails = Message.objects.filter(payload__user=buyer.user.pk).count()
    erase(person, client_of)
    assert list(djstripe.Invoice.objects.values("id", "stripe_data")) == before
    assert list(InboxEvent.objects.order_by("pk").values("pk", "payload")) == events
    assert Message.objects.filter(payload__user=buyer.user.pk).count() == mails


def paid(person: Any, fake: server.Fake, price: PlanPrice) -> None:
    """They subscribed and gave all they can give; their mails are gone."""
    buyer = make.Buyer(person, fake)
    buyer.start(price)
    buyer.pay()
    enrich(fake)
    make.deliver(fake)
    Message.objects.all().delete()


def test_an_account_that_an_owner_deletes_is_forgotten_too(
    person: Any, fake: server.Fake, monthly: PlanPrice
) -> None:
    paid(person, fake, monthly)
    assert found_anywhere()
    person.delete()
    assert found_anywhere() == set()


def test_what_an_earlier_version_left_goes_in_the_night(
    person: Any, fake: server.Fake, monthly: PlanPrice
) -> None:
    paid(person, fake, monthly)
    CustomerLink.objects.update(user=None)
    assert found_anywhere()
    nightly.run()
    assert found_anywhere() == set()


def test_a_payment_page_left_open_is_closed(
    person: Any,
    fake: server.Fake,
    monthly: PlanPrice,
    client_of: Callable[[Any], Client],
) -> None:
    """Whoever paid there would pay for nothing, month after month."""
    buyer = make.Buyer(person, fake)
    buyer.start(monthly)
    erase(person, client_of)
    queue.sweep()
    assert fake.store.get("checkout.session", buyer.session)["status"] == "expired"
    assert not Message.objects.waiting().exists()


def test_nothing_is_kept_of_somebody_elses_customers(fake: server.Fake) -> None:
    """The Stripe account may have other shops: their events are none of ours."""
    api = stripe_api.client().v1
    customer = api.customers.create({"email": EMAIL, "name": NAME})
    api.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    charge = {
        "id": "ch_theirs", "object": "charge", "customer": customer.id,
        "billing_details": PERSON, "refunds": {"object": "list", "data": []},
    }  # fmt: skip
    fake.store.put("charge", charge)
    make.deliver(fake)
    for kind in ("dispute", "refund"):
        obj = {"id": f"{kind}_1", "object": kind, "charge": "ch_theirs"}
        make.post(make.event(id=f"evt_{kind}", data={"object": obj}))
    make.drain()
    assert not InboxEvent.objects.waiting().exists()
    assert found_anywhere() == set()
