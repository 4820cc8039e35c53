"""Refunds by owners: asked twice, done once, and what follows."""

from dataclasses import replace
from typing import Any

import pytest
import stripe
from django.core import mail
from django.db import connection

from accounts.models import User
from audit.models import AuditEvent
from billing import catalogue, receipts, refunds, stripe_api
from billing.fakestripe import seed
from billing.models import PlanPrice, Receipt
from billing.models.receipts import Kind
from billing.refund_view import RefundForm
from billing.tests import make
from outbox import queue

pytestmark = pytest.mark.django_db


def charge_of(buyer: make.Buyer) -> str:
    rows = buyer.fake.store.all("charge", customer=buyer.customer, paid=True)
    return str(rows[-1]["id"])


def address(buyer: make.Buyer) -> str:
    return f"/admin/billing_subscribers/refund/{charge_of(buyer)}/"


def form(amount: str = "19.00", **fields: str) -> dict[str, str]:
    return {
        "amount": amount,
        "reason": "requested_by_customer",
        "note": "Wrote to us",
        "seen": "0",
        **fields,
    }


@pytest.fixture
def once(alice: User, fake: Any, plan: Any) -> make.Buyer:
    """Alice, who bought something paid once."""
    make.plan(code="life", stripe_product=seed.COURSE_PRODUCT)
    catalogue.sync()
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(PlanPrice.objects.get(interval="lifetime"))
    return buyer


def test_nothing_is_done_before_the_second_yes(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    assert client.get(address(buyer)).status_code == 200
    page = client.post(address(buyer), form()).content.decode()
    assert 'name="confirmed"' in page
    assert not buyer.fake.store.all("refund")
    assert not AuditEvent.objects.filter(action="billing.refund").exists()


def test_a_refund_writes_credit_note_mail_and_audit(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    client.post(address(buyer), form("5.00", confirmed="1"))
    [made] = buyer.fake.store.all("refund")
    assert (made["amount"], made["reason"]) == (500, "requested_by_customer")
    note = Receipt.objects.get(kind=Kind.CREDIT_NOTE)
    assert note.total == -500
    event = AuditEvent.objects.get(action="billing.refund")
    assert (event.actor, event.target) == (owner.email, f"user:{buyer.user.pk}")
    assert event.data["note"] == "Wrote to us"
    queue.sweep()
    assert mail.outbox[-1].to == [buyer.user.email]
    assert "C-000001" in mail.outbox[-1].subject
    assert len(buyer.grants()) == 1
    make.deliver(buyer.fake)  # Stripe's own events change nothing more
    assert Receipt.objects.filter(kind=Kind.CREDIT_NOTE).count() == 1


def test_twice_the_same_yes_is_one_refund(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    for _ in range(2):
        client.post(address(buyer), form("5.00", confirmed="1"))
    assert len(buyer.fake.store.all("refund")) == 1
    # who looked again may refund another part
    client.post(address(buyer), form("5.00", confirmed="1", seen="500"))
    assert len(buyer.fake.store.all("refund")) == 2


def test_a_crash_after_stripes_answer_repeats_no_refund(
    buyer: make.Buyer, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(amount=500, reason="", note="x", seen=0)
    with monkeypatch.context() as patched:
        patched.setattr("billing.reconcile.follow", _crash)
        with pytest.raises(ZeroDivisionError):
            refunds.refund(payment, order, actor=owner)
    with pytest.raises(refunds.ChangedError):
        refunds.refund(payment, order, actor=owner)
    assert len(buyer.fake.store.all("refund")) == 1
    make.deliver(buyer.fake)  # the event brings what the crash lost
    assert Receipt.objects.filter(kind=Kind.CREDIT_NOTE).count() == 1


def test_a_refund_is_written_down_before_stripe_is_asked(
    buyer: make.Buyer, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked for what is known, however the process ends."""
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(amount=500, reason="", note="Wrote to us", seen=0)
    with monkeypatch.context() as patched:
        patched.setattr("billing.mirror.refresh", _crash)  # after Stripe's answer
        with pytest.raises(ZeroDivisionError):
            refunds.refund(payment, order, actor=owner)
    asked = AuditEvent.objects.get(action="billing.refund-asked")
    assert (asked.actor, asked.target) == (owner.email, f"user:{buyer.user.pk}")
    assert (asked.data["amount"], asked.data["note"]) == (500, "Wrote to us")
    assert not AuditEvent.objects.filter(action="billing.refund").exists()


def test_what_stripe_refuses_is_written_down_too(
    buyer: make.Buyer, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(amount=500, reason="", note="x", seen=0)

    def refused(*args: Any) -> None:
        raise stripe.InvalidRequestError("No.", None)

    monkeypatch.setattr(refunds, "_request", refused)
    with pytest.raises(stripe.InvalidRequestError):
        refunds.refund(payment, order, actor=owner)
    actions = AuditEvent.objects.filter(action__startswith="billing.refund")
    assert list(actions.order_by("id").values_list("action", flat=True)) == [
        "billing.refund-asked",
        "billing.refund-refused",
    ]
    assert "No." in actions.first().data["error"]  # type: ignore[union-attr]


def test_two_owners_at_once_are_one_refund(
    buyer: make.Buyer, owner: User, make_user: Any
) -> None:
    """The second asks while Stripe still answers the first."""
    other = make_user("Otto", is_staff=True, is_superuser=True)
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(amount=500, reason="", note="x", seen=0)
    refunds._claim(payment, order, owner, refunds._key(payment, order, owner))
    with pytest.raises(refunds.ChangedError):
        refunds.refund(payment, order, actor=other)
    refunds.refund(payment, order, actor=owner)
    assert len(buyer.fake.store.all("refund")) == 1


def test_nothing_is_locked_while_stripe_is_asked(
    buyer: make.Buyer, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = refunds.find(charge_of(buyer))
    assert payment
    held: list[int] = []
    depth = len(connection.savepoint_ids)
    ask = refunds._request

    def asked(*given: Any) -> Any:
        held.append(len(connection.savepoint_ids) - depth)
        return ask(*given)

    monkeypatch.setattr(refunds, "_request", asked)
    refunds.refund(payment, refunds.Order(500, "", "x", seen=0), actor=owner)
    assert held == [0]


def _crash(*args: Any, **kwargs: Any) -> None:
    raise ZeroDivisionError


def test_the_question_says_that_a_subscription_goes_on(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    page = client_of(owner).post(address(buyer), form())
    assert page.context["goes_on"]
    assert page.context["ends"] == []


def test_the_subscription_may_end_with_the_refund(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    asked = client.post(address(buyer), form(end_subscription="on"))
    assert len(asked.context["ends"]) == 1
    client.post(address(buyer), form(end_subscription="on", confirmed="1"))
    assert buyer.subscription["status"] == "canceled"
    assert buyer.grants() == []
    assert AuditEvent.objects.filter(action="billing.end").count() == 1


def test_all_of_a_purchase_ends_its_access_and_a_part_does_not(
    once: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    part = client.post(address(once), form("10.00"))
    assert part.context["ends"] == []
    client.post(address(once), form("10.00", confirmed="1"))
    assert len(once.grants()) == 1
    rest = client.post(address(once), form("39.00", seen="1000"))
    assert len(rest.context["ends"]) == 1
    client.post(address(once), form("39.00", seen="1000", confirmed="1"))
    assert once.grants() == []


@pytest.mark.parametrize("amount", ["0", "-1", "19.01", "1.001", "NaN", "x", ""])
def test_an_amount_that_cannot_be_refunded_is_refused(
    buyer: make.Buyer, owner: User, client_of: Any, amount: str
) -> None:
    page = client_of(owner).post(address(buyer), form(amount, confirmed="1"))
    assert page.context["form"].errors["amount"]
    assert not buyer.fake.store.all("refund")


def test_an_amount_that_the_currency_does_not_have_is_refused(
    buyer: make.Buyer,
) -> None:
    """Stripe takes dinars in hundredths only, though it counts thousandths."""
    payment = refunds.find(charge_of(buyer))
    assert payment
    dinars = replace(payment, currency="KWD", amount=1900)
    said = {}
    for amount in ("1.505", "1.500"):
        asked = RefundForm(form(amount), payment=dinars)
        said[amount] = asked.errors.get("amount")
    assert "0,010KWD" in str(said["1.505"]).replace("\xa0", "")
    assert not said["1.500"]


def test_stripe_away_is_said_and_nothing_is_half_done(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    buyer.fake.control("outage", mode="500")
    answer = client_of(owner).post(address(buyer), form(confirmed="1"), follow=True)
    buyer.fake.control("outage", mode="off")
    assert "Stripe" in "".join(str(one) for one in answer.context["messages"])
    assert not AuditEvent.objects.filter(action="billing.refund").exists()
    assert not Receipt.objects.filter(kind=Kind.CREDIT_NOTE).exists()


def test_only_owners_refund(buyer: make.Buyer, editor: User, client_of: Any) -> None:
    answer = client_of(editor).post(address(buyer), form(confirmed="1"))
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"
    assert not buyer.fake.store.all("refund")


def test_what_is_refunded_in_full_has_no_page(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    client.post(address(buyer), form(confirmed="1"))
    nobodys = "/admin/billing_subscribers/refund/ch_x/"
    for url in (address(buyer), nobodys):
        assert client.get(url, follow=True).status_code == 404


def test_another_owner_may_repeat_what_the_first_could_not_finish(
    buyer: make.Buyer, owner: User, editor: User
) -> None:
    """Stripe refuses a known idempotency key with other parameters for a day."""
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(500, "duplicate", "x", seen=0)
    wanted = refunds._request(payment, order, owner)
    assert wanted != refunds._request(payment, order, editor)
    assert refunds._key(payment, order, owner) != refunds._key(payment, order, editor)


def test_a_refund_that_the_bank_sent_back_can_be_tried_again(
    buyer: make.Buyer, owner: User
) -> None:
    """The amount is back where it was; yesterday's key would repeat the old answer."""
    payment = refunds.find(charge_of(buyer))
    assert payment
    order = refunds.Order(500, "duplicate", "x", seen=0)
    tried = replace(payment, tries=1)
    assert refunds._key(payment, order, owner) != refunds._key(tried, order, owner)


def test_credit_notes_of_parts_take_back_exactly_the_taxes(buyer: make.Buyer) -> None:
    """Two tiny parts and the rest, at 21 %: the sums are those of the receipt."""
    original = Receipt.objects.get()
    tax = {"name": "IVA", "percent": "21", "base": 1570, "amount": 330}
    original.snapshot = {**original.snapshot, "net": 1570, "taxes": [tax]}
    given: list[Any] = []
    for amount in (3, 3, 1894):
        refund = {"id": "re", "amount": amount, "created": 1_800_000_000}
        given.append(receipts._of_refund(refund, original, given))
    assert sum(one["taxes"][0]["amount"] for one in given) == -330
    assert sum(one["taxes"][0]["base"] for one in given) == -1570
    assert sum(one["net"] for one in given) == -1570
    assert sum(one["total"] for one in given) == -1900


def test_an_end_that_failed_after_the_refund_is_not_told_as_no_refund(
    buyer: make.Buyer, owner: User, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise stripe_api.StripeAwayError("timed out")

    monkeypatch.setattr(refunds, "end", away)
    data = form(confirmed="1", end_subscription="on")
    answer = client_of(owner).post(address(buyer), data, follow=True)
    assert "Refunded, but the subscription goes on" in answer.content.decode()
    assert len(buyer.fake.store.all("refund")) == 1
