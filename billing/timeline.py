"""Everything that happened about one person's money, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import mail_log
from accounts.models import User
from audit.models import AuditEvent
from billing.models import CheckoutAttempt, InboxEvent, Receipt
from billing.models.inbox import CHARGE, CUSTOMER, OBJECT, OF_CUSTOMERS
from billing.models.receipts import Kind
from billing.stripe_api import Json
from outbox.models import Message

# of each source; older ones are found in the lists
MOST = 200


@dataclass(frozen=True)
class Entry:
    """kind: stripe, access, receipt, mail, checkout or staff; state: "" when all is well;
    seen: when we learned of it, if later."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    actor: str = ""
    state: str = ""
    seen: datetime | None = None

    @property
    def order(self) -> tuple[datetime, datetime]:
        """Stripe counts in whole seconds: what came first then happened first."""
        return self.at, self.seen or self.at


def of(person: User, customers: list[str], charges: list[str]) -> list[Entry]:
    """The newest first. Eight statements.

    customers, charges: their Stripe ids. Things of one moment stand in the order in which
    one follows from the other.
    """
    found = [
        *_mails(person),
        *_receipts(person),
        *_audited(person),
        *_events(customers, charges),
        *_checkouts(person),
    ]
    return sorted(found, key=lambda entry: entry.order, reverse=True)


def _events(customers: list[str], charges: list[str]) -> Iterator[Entry]:
    """Each statement by an index of its own."""
    if not customers:
        return
    rows = InboxEvent.objects.annotate(
        customer=CUSTOMER, charge=CHARGE, object_id=OBJECT
    ).order_by("-created")
    for found in (
        rows.filter(customer__in=customers),
        rows.filter(type__in=OF_CUSTOMERS, object_id__in=customers),
        # a dispute or a refund names no customer, only the charge
        rows.filter(charge__in=charges, customer__isnull=True),
    ):
        yield from map(_event, found[:MOST])


def _event(event: InboxEvent) -> Entry:
    state = _unfinished(event.processed_at, event.dead_at)
    detail = " · ".join(filter(None, [_change(event.payload), event.last_error[:120]]))
    seen = event.received_at
    return Entry(event.created, "stripe", event.type, detail, "stripe", state, seen)


def _unfinished(done: datetime | None, dead: datetime | None) -> str:
    if dead:
        return _("given up")
    return "" if done else _("waiting")


def _change(payload: Json) -> str:
    """What the event says about the object's state, such as "active → past_due"."""
    data = payload["data"]
    now = data["object"].get("status") or data["object"].get("payment_status") or ""
    before = (data.get("previous_attributes") or {}).get("status")
    text = f"{before} → {now}" if before else str(now)
    return " · ".join(filter(None, [text, str(data["object"].get("id", ""))]))


def _audited(person: User) -> Iterator[Entry]:
    names = {
        "access.grant": _("Access given"),
        "access.revoke": _("Access ended"),
        "billing.refund": _("Refund"),
        "billing.end": _("Subscription ended"),
    }
    for row in AuditEvent.objects.filter(target=f"user:{person.pk}")[:MOST]:
        automatic = "@" not in row.actor
        facts = [f"{name}: {value}" for name, value in row.data.items() if value]
        themselves = row.actor == f"user:{person.pk}"
        yield Entry(
            row.at,
            "access" if automatic else "staff",
            names.get(row.action, row.action),
            " · ".join(facts),
            str(person) if themselves else row.actor,
        )


def _receipts(person: User) -> Iterator[Entry]:
    titles = {Kind.RECEIPT: _("Receipt"), Kind.CREDIT_NOTE: _("Credit note")}
    rows = Receipt.objects.filter(user=person).order_by("-issued_at")[:MOST]
    for row in rows:
        title = f"{titles[Kind(row.kind)]} {row.code}"
        yield Entry(
            row.issued_at, "receipt", title, f"{row.shown_total} · {row.source}"
        )


def _mails(person: User) -> Iterator[Entry]:
    rows = Message.objects.filter(payload__user=person.pk).order_by("-created_at")
    names = mail_log.titles()
    for row in rows[:MOST]:
        state = _unfinished(row.done_at, row.dead_at)
        title = mail_log.title_of(row, names)
        at = row.done_at or row.created_at
        yield Entry(at, "mail", title, row.last_error[:120], "", state)


def _checkouts(person: User) -> Iterator[Entry]:
    rows = CheckoutAttempt.objects.filter(user=person).select_related("price__plan")
    for row in rows[:MOST]:
        state = "" if row.closed_at else _("open")
        yield Entry(row.created_at, "checkout", str(row.price), row.session, "", state)


def labels() -> dict[str, Any]:
    """What each kind is called."""
    return {
        "stripe": _("Stripe"),
        "access": _("Access"),
        "staff": _("Staff"),
        "receipt": _("Receipt"),
        "mail": _("Mail"),
        "checkout": _("Checkout"),
    }
