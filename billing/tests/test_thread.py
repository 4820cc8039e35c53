"""The whole thread: subscribe, access, receipt, mail, cancel, the period's end closes it."""

import random
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts import privacy
from audit.models import AuditEvent
from billing import (
    checkout,
    mirror,
    nightly,
    reconcile,
    revenue_rows,
    stripe_api,
    subscriptions,
)
from billing.fakestripe.engine import checkout as checkout_engine
from billing.models import CheckoutAttempt, InboxEvent, Receipt
from billing.tests import make
from outbox import queue

pytestmark = pytest.mark.django_db


def test_subscribing_opens_the_courses_and_writes_one_receipt(
    buyer: make.Buyer,
) -> None:
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert (grant.scope, grant.source_ref) == ("all", buyer.subscription["id"])
    assert grant.valid_until.timestamp() == end + 72 * 3600
    receipt = Receipt.objects.get()
    assert (receipt.code, receipt.total, receipt.user) == ("R-000001", 1900, buyer.user)


def test_the_welcome_mail_carries_the_receipt(buyer: make.Buyer) -> None:
    queue.sweep()
    [letter] = mail.outbox
    name, content, kind = letter.attachments[0]
    assert letter.to == ["alice@example.com"]
    assert (name, kind) == ("receipt-R-000001.pdf", "application/pdf")
    assert content.startswith(b"%PDF")
    assert "€19.00" in letter.body


def test_a_promotion_code_lowers_the_receipt(
    alice: Any, monthly: Any, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    session = fake.store.get("checkout.session", buyer.start(monthly))
    with fake.store.transaction():
        checkout_engine.apply_code(fake.store, session, "HOLA20")
    buyer.pay()
    make.deliver(fake)
    assert list(InboxEvent.objects.waiting().values_list("last_error", flat=True)) == []
    assert len(buyer.grants()) == 1
    receipt = Receipt.objects.get()
    [line] = receipt.snapshot["lines"]
    assert receipt.total == 1520
    assert line["discount"] > 0


def test_cancelling_keeps_access_until_the_period_ends(
    buyer: make.Buyer, client_of: Any
) -> None:
    client = client_of(buyer.user)
    client.post(f"/en/billing/subscriptions/{buyer.subscription['id']}/cancel/")
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end
    page = client.get("/en/billing/").content.decode()
    assert "Your plan is cancelled and ends on" in page
    queue.sweep()
    assert mail.outbox[-1].subject.startswith("Your plan ends on")


def test_the_periods_end_closes_what_was_cancelled(
    buyer: make.Buyer, client_of: Any
) -> None:
    subscription = buyer.subscription["id"]
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=True)
    buyer.fake.control("renew", subscription=subscription)
    make.deliver(buyer.fake)
    assert buyer.subscription["status"] == "canceled"
    assert buyer.grants() == []
    page = client_of(buyer.user).get("/en/billing/").content.decode()
    assert "Your plan ended on" in page


def test_resuming_takes_the_cancellation_back(buyer: make.Buyer) -> None:
    subscription = buyer.subscription["id"]
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=True)
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=False)
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end + 72 * 3600


def test_a_renewal_writes_the_next_receipt_and_moves_the_end(buyer: make.Buyer) -> None:
    [before] = buyer.grants()
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    [after] = buyer.grants()
    assert before.pk == after.pk
    assert after.valid_until.timestamp() == (
        buyer.subscription["items"]["data"][0]["current_period_end"] + 72 * 3600
    )
    assert [row.number for row in Receipt.objects.order_by("number")] == [1, 2]


def test_a_failed_renewal_gives_days_of_grace_and_one_mail(
    buyer: make.Buyer, client_of: Any
) -> None:
    buyer.fake.control("renew", subscription=buyer.subscription["id"], fail=True)
    make.deliver(buyer.fake)
    make.deliver(buyer.fake)
    assert buyer.subscription["status"] == "past_due"
    [grant] = buyer.grants()
    start = buyer.subscription["items"]["data"][0]["current_period_start"]
    assert grant.valid_until.timestamp() == start + 7 * 86400
    page = client_of(buyer.user).get("/en/billing/").content.decode()
    assert "for 7 more days" in page
    queue.sweep()
    failed = [one for one in mail.outbox if "did not go through" in one.subject]
    assert len(failed) == 1


def test_everything_delivered_again_and_backwards_changes_nothing(
    buyer: make.Buyer,
) -> None:
    subscription = buyer.subscription["id"]
    buyer.fake.control("renew", subscription=subscription)
    subscriptions.set_cancelling(buyer.user, subscription, cancelling=True)
    make.deliver(buyer.fake)
    seen = _state(buyer)
    for number, row in enumerate(reversed(make.events(buyer.fake))):
        assert make.post({**make.public(row), "id": f"evt_again_{number}"})
    make.drain()
    assert _state(buyer) == seen


def _state(buyer: make.Buyer) -> Any:
    from audit.models import AuditEvent
    from outbox.models import Message

    return (
        [(g.pk, g.valid_from, g.valid_until, g.revoked_at) for g in buyer.grants()],
        list(Receipt.objects.order_by("pk").values_list("number", "source")),
        set(Message.objects.values_list("key", flat=True)),
        AuditEvent.objects.count(),
    )


def test_lost_events_are_healed_by_reconcile(
    alice: Any, monthly: Any, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    assert buyer.grants() == []
    link = alice.stripe_customers.get()
    assert [change.action for change in reconcile.preview(link)] == ["grant"]
    assert buyer.grants() == []
    reconcile.refetch(link, actor="test")
    assert len(buyer.grants()) == 1
    assert Receipt.objects.count() == 1


def test_reconciling_locks_nothing_while_stripe_answers(
    buyer: make.Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []
    outside = len(connection.savepoint_ids)
    fetch = mirror.fetch_customer

    def fetched(customer: str) -> mirror.Fetched:
        depths.append(len(connection.savepoint_ids) - outside)
        return fetch(customer)

    monkeypatch.setattr(mirror, "fetch_customer", fetched)
    reconcile.refetch(buyer.user.stripe_customers.get(), actor="test")
    assert depths == [0]


def test_what_came_while_stripe_answered_is_not_undone(
    buyer: make.Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is cancelled between Stripe's answer and its keeping."""
    link, subscription = buyer.user.stripe_customers.get(), buyer.subscription["id"]
    fetch, asked = mirror.fetch_customer, []

    def late(customer: str) -> mirror.Fetched:
        answers = fetch(customer)
        if not asked:
            subscriptions.set_cancelling(buyer.user, subscription, cancelling=True)
        asked.append(customer)
        return answers

    monkeypatch.setattr(mirror, "fetch_customer", late)
    reconcile.refetch(link, actor="test")
    assert len(asked) == 2
    assert (mirror.get("subscription", subscription) or {})["cancel_at_period_end"]


def test_the_success_page_works_before_the_webhook(
    alice: Any, monthly: Any, fake: Any, client_of: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    session = buyer.start(monthly)
    client = client_of(alice)
    waiting = client.get(f"/en/billing/success/?session={session}").content.decode()
    assert "Confirming your payment" in waiting
    buyer.pay()
    done = client.get(f"/en/billing/success/?session={session}").content.decode()
    assert "Welcome to AMI Pro" in done
    assert len(buyer.grants()) == 1
    make.deliver(fake)
    assert Receipt.objects.count() == 1


def test_somebody_elses_session_is_not_found(
    alice: Any, bob: Any, monthly: Any, fake: Any, client_of: Any
) -> None:
    session = make.Buyer(alice, fake).start(monthly)
    for path in ("success/", "success/status/"):
        url = f"/en/billing/{path}?session={session}"
        assert client_of(bob).get(url).status_code == 404
        assert client_of(alice).get(url).status_code == 200


def test_a_person_erased_leaves_receipts_without_a_name(buyer: make.Buyer) -> None:
    buyer.user.delete()
    receipt = Receipt.objects.get()
    assert receipt.user is None
    reconcile.follow(reconcile.links.lock(mirror_customer(buyer)))
    assert Receipt.objects.count() == 1


def mirror_customer(buyer: make.Buyer) -> str:
    return str(mirror.SOURCES["customer"].model.objects.get().id)


def test_a_customer_deleted_at_stripe_loses_access_and_may_buy_again(
    buyer: make.Buyer, monthly: Any
) -> None:
    stripe_api.client().v1.customers.delete(buyer.customer)
    make.deliver(buyer.fake)
    assert buyer.grants() == []
    assert checkout.start_checkout(buyer.user, monthly, "en")
    assert CheckoutAttempt.objects.filter(closed_at=None).count() == 1
    assert timezone.now()


@pytest.mark.parametrize("known", [True, False])
def test_a_customer_deleted_at_stripe_earns_nothing_whatever_was_lost(
    buyer: make.Buyer, known: bool
) -> None:
    """Of all events only that of the customer comes; Stripe may have forgotten the rest."""
    subscription = buyer.subscription["id"]
    assert revenue_rows.overview().mrr == {"EUR": 1900}
    customer = buyer.customer
    stripe_api.client().v1.customers.delete(customer)
    if not known:
        buyer.fake.store.objects["subscription"].pop(subscription)
    rows = [e for e in make.events(buyer.fake) if e["type"] == "customer.deleted"]
    make.deliver(buyer.fake, rows)
    kept = mirror.get("subscription", subscription)
    assert kept
    assert kept["status"] == "canceled"
    assert kept["ended_at"]
    assert revenue_rows.overview().mrr == {}
    assert buyer.grants() == []


def test_what_was_left_behind_ends_in_the_night(buyer: make.Buyer) -> None:
    """A customer whose deletion was followed before this was done."""
    subscription = buyer.subscription["id"]
    buyer.user.stripe_customers.update(deleted_at=timezone.now())
    nightly.run()
    assert (mirror.get("subscription", subscription) or {})["status"] == "canceled"
    assert buyer.grants() == []
    assert revenue_rows.overview().mrr == {}


@pytest.mark.parametrize("seed", range(5))
def test_a_life_delivered_in_any_order_ends_alike(
    alice: Any, monthly: Any, fake: Any, seed: int
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.start(monthly)
    buyer.pay()
    subscription = buyer.subscription["id"]
    fake.control("renew", subscription=subscription)
    fake.control("refund", customer=buyer.customer, amount=500)
    api = stripe_api.client().v1.subscriptions
    api.update(subscription, {"cancel_at_period_end": True})
    dice = random.Random(seed)  # noqa: S311  the same order every run
    rows = make.events(fake)
    rows += dice.choices(rows, k=len(rows) // 2)
    dice.shuffle(rows)
    make.deliver(fake, rows)
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert grant.valid_until.timestamp() == end
    issued = Receipt.objects.order_by("kind", "number")
    assert [(row.code, row.total) for row in issued] == [
        ("C-000001", -500),
        ("R-000001", 1900),
        ("R-000002", 1900),
    ]


def test_each_change_of_access_is_written_down_once(buyer: make.Buyer) -> None:
    subscription = buyer.subscription["id"]
    buyer.fake.control("renew", subscription=subscription)
    make.deliver(buyer.fake)
    stripe_api.client().v1.subscriptions.cancel(subscription)
    make.deliver(buyer.fake)
    make.deliver(buyer.fake)
    found = AuditEvent.objects.filter(action__startswith="access.").order_by("id")
    assert [(row.action, row.actor) for row in found] == [
        ("access.grant", "stripe"),
        ("access.grant", "stripe"),
        ("access.revoke", "stripe"),
    ]


def test_a_price_taken_off_sale_goes_on_for_its_subscribers(
    buyer: make.Buyer, monthly: Any
) -> None:
    stripe_api.client().v1.prices.update(monthly.stripe_price, {"active": False})
    make.deliver(buyer.fake)
    monthly.refresh_from_db()
    assert not monthly.active
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    [grant] = buyer.grants()
    end = buyer.subscription["items"]["data"][0]["current_period_end"]
    assert (grant.scope, grant.valid_until.timestamp()) == ("all", end + 72 * 3600)
    assert Receipt.objects.count() == 2


def test_the_audit_trail_names_who_buys_by_number(buyer: make.Buyer) -> None:
    """It cannot be changed, so an address in it would outlive the account."""
    subscriptions.set_cancelling(buyer.user, buyer.subscription["id"], cancelling=True)
    [event] = AuditEvent.objects.filter(actor__startswith="user:")
    assert event.actor == f"user:{buyer.user.pk}"
    assert not AuditEvent.objects.filter(actor=buyer.user.email).exists()


def test_an_account_whose_plan_is_only_paused_is_not_erased(buyer: make.Buyer) -> None:
    """Collection may go on by itself, from somebody who could no longer cancel."""
    stripe_api.client().v1.subscriptions.update(
        buyer.subscription["id"], {"pause_collection": {"behavior": "void"}}
    )
    mirror.refresh("subscription", buyer.subscription["id"])
    assert privacy.erase_blockers(buyer.user)
