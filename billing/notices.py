"""Which mails follow from a customer's state. Each is queued once, by its key."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from accounts.mail import language_of
from accounts.models import User
from billing import mirror, upcoming
from billing.entitlements import (
    OPEN,
    CustomerObjects,
    cancels_at,
    items,
    moment,
    open_invoices,
    payment_intents,
    unpaid_since,
)
from billing.models.customers import CustomerLink
from billing.models.receipts import Kind, Receipt
from billing.stripe_api import Json
from outbox import queue
from outbox.models import Message

KIND = "billing-mail"
# Older facts are history (a first sync, a late heal): no mail about them.
NEWS = timedelta(days=7)
ABOUT_THEN = 2 * 86400  # seconds


def announce(
    link: CustomerLink,
    objects: CustomerObjects,
    issued: Iterable[Receipt],
    now: datetime,
) -> None:
    """Queue every mail that the customer's state asks for and that was not queued yet.

    Call it in the transaction that brings the state.
    """
    if link.user is None:
        return
    for receipt in issued:
        paid_on = date.fromisoformat(receipt.snapshot["paid_on"])
        if now.date() - paid_on < NEWS:
            _about_receipt(link.user, receipt)
    for subscription in objects.subscriptions:
        for template, key, payload in _due(subscription, objects, now):
            _put(link.user, template, key, **payload)


def _put(user: User, template: str, key: str, **payload: Any) -> None:
    queue.put(
        kind=KIND,
        key=f"billing:{key}",
        payload={"user": user.pk, "template": template, **payload},
        language=language_of(user),
    )


def _about_receipt(user: User, receipt: Receipt) -> None:
    """The first payment is a welcome; the others are plain receipts."""
    first = not (
        Receipt.objects.filter(user=user, kind=Kind.RECEIPT)
        .exclude(pk=receipt.pk)
        .exists()
    )
    template = "billing_welcome" if first else "billing_receipt"
    if receipt.kind == Kind.CREDIT_NOTE:
        template = "billing_refund"
    _put(user, template, f"receipt:{receipt.source}", receipt=receipt.pk)


type Notice = tuple[str, str, dict[str, Any]]


def _due(
    subscription: Json, objects: CustomerObjects, now: datetime
) -> Iterable[Notice]:
    """template, key and payload of each mail about one subscription."""
    key = subscription["id"]
    price = items(subscription)[0]["price"]["id"]
    invoice = _unpaid(subscription, objects)
    if subscription["status"] == "past_due" and invoice:
        kind = "action" if _wants_confirmation(invoice) else "failed"
        yield (
            f"billing_{kind}",
            f"{kind}:{invoice['id']}",
            {
                "price": price,
                "amount": invoice["amount_remaining"],
                "currency": invoice["currency"].upper(),
                "url": invoice["hosted_invoice_url"],
                "until": (
                    unpaid_since(subscription, objects.invoices) + objects.rules.grace
                ).isoformat(),
            },
        )
    yield from upcoming.notices(subscription, now)
    ends = cancels_at(subscription)
    if subscription["status"] in OPEN and ends:
        if _is_news(subscription.get("canceled_at"), now):
            payload = {"price": price, "until": ends.isoformat()}
            yield "billing_ends", _ends_key(subscription, ends), payload
    elif _ended_unannounced(subscription, now):
        yield "billing_ended", f"ended:{key}", {"price": price}


def _ends_key(subscription: Json, ends: datetime) -> str:
    """Of one cancellation: taken back and cancelled again for the same day, it is another.

    Those announced by earlier versions, which counted the day alone, keep their key.
    """
    by_day = f"ends:{subscription['id']}:{int(ends.timestamp())}"
    when = moment(subscription["canceled_at"])
    told = Message.objects.filter(key=f"billing:{by_day}", created_at__gte=when)
    return by_day if told.exists() else f"{by_day}:{subscription['canceled_at']}"


def _unpaid(subscription: Json, objects: CustomerObjects) -> Json | None:
    """The newest open invoice of a subscription that Stripe tried to collect."""
    found = [
        invoice
        for invoice in open_invoices(subscription, objects.invoices)
        if invoice.get("attempted")
    ]
    return found[-1] if found else None


def _wants_confirmation(invoice: Json) -> bool:
    """Whether the bank asks the buyer to confirm the payment (3-D Secure)."""
    for object_id in payment_intents(invoice):
        intent = mirror.get("payment_intent", object_id) or {}
        error = intent.get("last_payment_error") or {}
        if intent.get("status") == "requires_action":
            return True
        if error.get("code") == "authentication_required":
            return True
    return False


def _is_news(seconds: int | None, now: datetime) -> bool:
    return seconds is not None and now - moment(seconds) < NEWS


def _ended_unannounced(subscription: Json, now: datetime) -> bool:
    """Ended lately, and no mail had said before that it would about then: a cancellation
    that was taken back is no notice of another end."""
    if subscription["status"] != "canceled":
        return False
    if not _is_news(subscription.get("ended_at"), now):
        return False
    said = f"billing:ends:{subscription['id']}:"
    keys = Message.objects.filter(key__startswith=said).values_list("key", flat=True)
    told = (int(key.removeprefix(said).partition(":")[0]) for key in keys)
    return all(abs(day - subscription["ended_at"]) > ABOUT_THEN for day in told)
