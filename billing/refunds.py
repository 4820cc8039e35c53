"""Give money back: what would follow, and doing it once."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from stripe.params import RefundCreateParams

from accounts.models import User
from audit import trail
from audit.models import AuditEvent
from billing import entitlements, links, mirror, reconcile, stripe_api
from billing.entitlements import CustomerObjects
from billing.models.customers import CustomerLink
from billing.plan_states import LIVING
from billing.reconcile import Change
from billing.stripe_api import Json

# of the audit trail: asked for, and what came of it
ASKED, DONE = "billing.refund-asked", "billing.refund"
REFUSED = "billing.refund-refused"
# longer than Stripe is ever waited for
UNDER_WAY = timedelta(minutes=2)
# what Stripe accepts as a reason; every other one is left out
REASONS = ("requested_by_customer", "duplicate", "fraudulent")


class RefundError(Exception):
    """The payment cannot be refunded like this; nothing was done."""


class ChangedError(RefundError):
    """Somebody refunded some of it in the meantime."""


class EndError(Exception):
    """The money was refunded, but the subscription could not be ended."""


@dataclass(frozen=True)
class Payment:
    """A payment that arrived. Amounts in minor units; subscription: the living one it was
    for, or empty."""

    charge: str
    link: CustomerLink
    amount: int
    refunded: int
    currency: str
    invoice: str
    subscription: str
    tries: int = 0  # refunds made so far, also those that the bank sent back

    @property
    def left(self) -> int:
        return self.amount - self.refunded


@dataclass(frozen=True)
class Order:
    """What an owner asks for. seen: how much was refunded when they looked."""

    amount: int
    reason: str
    note: str
    seen: int
    end_subscription: bool = False


def find(charge_id: str) -> Payment | None:
    """The kept payment of one of our customers; None when there is none to refund."""
    charge = mirror.get("charge", charge_id)
    if charge is None or charge["status"] != "succeeded" or not charge.get("customer"):
        return None
    links_ = CustomerLink.objects.select_related("user")
    link = links_.filter(customer=charge["customer"]).first()
    if link is None:
        return None
    invoice = _invoice(charge, link)
    return Payment(
        charge=charge_id,
        link=link,
        amount=charge["amount"],
        refunded=charge["amount_refunded"],
        currency=charge["currency"].upper(),
        invoice=invoice["id"] if invoice else "",
        subscription=_living(invoice),
        tries=len((charge.get("refunds") or {}).get("data", [])),
    )


def _invoice(charge: Json, link: CustomerLink) -> Json | None:
    rows = mirror.of_customer("invoice", link.customer)
    intent = charge.get("payment_intent")
    return next(
        (row for row in rows if intent in entitlements.payment_intents(row)), None
    )


def _living(invoice: Json | None) -> str:
    found = entitlements.subscription_of(invoice) if invoice else None
    row = mirror.get("subscription", found) if found else None
    return row["id"] if row and row["status"] in LIVING else ""


def preview(
    payment: Payment, order: Order, now: datetime | None = None
) -> list[Change]:
    """What would change in the person's access. Asks nobody, writes nothing."""
    now = now or timezone.now()
    objects = after(reconcile.objects_of(payment.link.customer), payment, order, now)
    desired = entitlements.desired_grants(objects, now)
    return reconcile.differences(payment.link.user, desired, now)


def after(
    objects: CustomerObjects, payment: Payment, order: Order, now: datetime
) -> CustomerObjects:
    """The customer's objects as Stripe will have them once it is done. Pure."""
    everything = order.amount >= payment.left

    def charge_after(charge: Json) -> Json:
        if charge["id"] != payment.charge:
            return charge
        refunded = charge["amount_refunded"] + order.amount
        return {**charge, "amount_refunded": refunded, "refunded": everything}

    def subscription_after(row: Json) -> Json:
        if not order.end_subscription or row["id"] != payment.subscription:
            return row
        return {**row, "status": "canceled", "ended_at": int(now.timestamp())}

    return replace(
        objects,
        charges=[charge_after(charge) for charge in objects.charges],
        subscriptions=[subscription_after(row) for row in objects.subscriptions],
    )


def refund(payment: Payment, order: Order, *, actor: User) -> None:
    """Refund at Stripe, once, and let credit note, mail and access follow.

    What is asked for is written down before Stripe is asked, what came of it afterwards: a
    crash in between loses neither, and nothing is locked while Stripe answers. Twice the same
    order is one refund: the second finds that more was refunded than its owner saw. Raises
    RefundError, stripe.StripeError, stripe_api.StripeAwayError: nothing was done then, but
    after EndError, which comes when all but the end was.
    """
    charge = stripe_api.plain(stripe_api.client().v1.charges.retrieve(payment.charge))
    if charge["amount_refunded"] != order.seen:
        raise ChangedError
    if not 0 < order.amount <= charge["amount"] - charge["amount_refunded"]:
        raise RefundError
    key = _key(payment, order, actor)
    _claim(payment, order, actor, key)
    try:
        made = stripe_api.client().v1.refunds.create(
            _request(payment, order, actor), {"idempotency_key": key}
        )
    except stripe_api.AWAY as error:
        _note(payment, order, actor, REFUSED, key=key, error=str(error)[:200])
        raise
    with transaction.atomic():
        locked = links.lock(payment.link.customer) or payment.link
        mirror.refresh("charge", payment.charge)
        reconcile.follow(locked, actor=actor.email)
        _note(payment, order, actor, DONE, key=key, refund=made.id)
    if order.end_subscription and payment.subscription:
        try:
            end(payment, actor=actor, note=order.note)
        except stripe_api.AWAY as error:
            raise EndError(str(error)) from error


def _claim(payment: Payment, order: Order, actor: User, key: str) -> None:
    """Write down what is about to be asked. Raises ChangedError while another order about
    the payment is under way, for Stripe would do both."""
    with transaction.atomic():
        links.lock(payment.link.customer)
        latest = (
            AuditEvent.objects.filter(
                target=_about(payment.link),
                action__in=[ASKED, DONE, REFUSED],
                data__charge=payment.charge,
                at__gt=timezone.now() - UNDER_WAY,
            )
            .order_by("-id")
            .first()
        )
        if latest and latest.action == ASKED and latest.data["key"] != key:
            raise ChangedError
        _note(payment, order, actor, ASKED, key=key)


def _note(
    payment: Payment, order: Order, actor: User, action: str, **facts: str
) -> None:
    trail.record(
        actor,
        action,
        _about(payment.link),
        charge=payment.charge,
        amount=order.amount,
        currency=payment.currency,
        reason=order.reason,
        note=order.note,
        **facts,
    )


def end(payment: Payment, *, actor: User, note: str) -> None:
    """End the subscription at once, without any further charge; access follows."""
    with transaction.atomic():
        locked = links.lock(payment.link.customer) or payment.link
        row = mirror.refresh("subscription", payment.subscription)
        if row["status"] in LIVING:
            stripe_api.client().v1.subscriptions.cancel(payment.subscription)
            mirror.refresh("subscription", payment.subscription)
        reconcile.follow(locked, actor=actor.email)
        trail.record(
            actor,
            "billing.end",
            _about(locked),
            subscription=payment.subscription,
            note=note,
        )


def _about(link: CustomerLink) -> str:
    """Whom the audit trail names; a customer whose account was erased has no person."""
    return f"user:{link.user_id}" if link.user_id else f"customer:{link}"


def _request(payment: Payment, order: Order, actor: User) -> RefundCreateParams:
    wanted: RefundCreateParams = {
        "charge": payment.charge,
        "amount": order.amount,
        "metadata": {"ami_by": str(actor.pk)},
    }
    if order.reason in REASONS:
        wanted["reason"] = order.reason
    return wanted


def _key(payment: Payment, order: Order, actor: User) -> str:
    """The same for the same order: a crash after Stripe's answer repeats no refund.

    All that the request says is in it, for Stripe refuses a known key with other parameters.
    """
    text = (
        f"{payment.charge} {order.seen} {order.amount} {order.reason} {actor.pk}"
        f" {payment.tries}"
    )
    return f"refund-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
