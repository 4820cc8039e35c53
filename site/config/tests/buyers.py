"""Seven more people in a demo school: every state a plan can be in, and what owners see then.

Runs inside the school: `manage.py shell -c "from config.tests.buyers import load; load()"`.
Prints one line of JSON: the addresses that only the database knows.
"""

import json
import sys
import urllib.request
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now

from accounts.demo import PASSWORD
from accounts.models import User
from billing import demo, gifts, links, mirror, reconcile, stripe_api
from billing.models import CustomerLink, GiftCode, InboxEvent, Plan, PlanPrice, Receipt
from courses.models import AccessGrant
from outbox.models import Message

TRIALING, CANCELLING, OVERDUE, UNPAID, PAUSED, ENDED, REFUNDED = (
    "tria@example.com",
    "cata@example.com",
    "odon@example.com",
    "uma@example.com",
    "paz@example.com",
    "edu@example.com",
    "rita@example.com",
)
NAMES = {
    TRIALING: "Tria Teruel",
    CANCELLING: "Cata Cano",
    OVERDUE: "Odón Olmo",
    UNPAID: "Uma Urbina",
    PAUSED: "Paz Prieto",
    ENDED: "Edu Espín",
    REFUNDED: "Rita Roca",
}
OLGA = "olga@example.com"
EVENT = "evt_shown_given_up"


def load() -> None:
    """Once for each school; prints the addresses by name."""
    if not User.objects.filter(email=REFUNDED).exists():
        for email, name in NAMES.items():
            _person(email, name)
            _subscribe(email)
        _gifts()
        _queues()
    sys.stdout.write(json.dumps(_addresses()) + "\n")


def _person(email: str, name: str) -> None:
    user = User.objects.create_user(
        email=email, password=PASSWORD, name=name, language="en"
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)


def _subscribe(email: str) -> None:
    """A subscription at the stand-in, brought to the person's state there."""
    plan = Plan.objects.get(code=demo.CODE)
    link = links.create(User.objects.get(email=email))
    wanted = PlanPrice.Interval.YEAR if email == ENDED else PlanPrice.Interval.MONTH
    price = plan.prices.get(interval=wanted, currency="EUR")
    if email == TRIALING:
        _try(link.customer, price)
    else:
        demo._pay(link.customer, price)
    reconcile.refetch(link, actor="demo")
    rows = mirror.of_customer("subscription", link.customer)
    _bring(email, link.customer, rows[0]["id"])
    reconcile.refetch(link, actor="demo")


def _try(customer: str, price: PlanPrice) -> None:
    stripe_api.client().v1.subscriptions.create(
        {
            "customer": customer,
            "items": [{"price": price.stripe_price}],
            "trial_period_days": 14,
        }
    )


def _bring(email: str, customer: str, subscription: str) -> None:
    api = stripe_api.client().v1.subscriptions
    if email == CANCELLING:
        api.update(subscription, {"cancel_at_period_end": True})
    elif email == PAUSED:
        api.update(subscription, {"pause_collection": {"behavior": "void"}})
    elif email == ENDED:
        api.cancel(subscription)
    elif email == OVERDUE:
        _fake("renew", subscription=subscription, fail=True)
    elif email == UNPAID:
        _unpaid(customer, subscription)
    elif email == REFUNDED:
        _fake("refund", customer=customer, amount=500)


def _unpaid(customer: str, subscription: str) -> None:
    """Every retry fails, and Stripe leaves it open."""
    _fake("dunning", end="unpaid")
    _fake("decline_next", customer=customer, count=4)
    _fake("renew", subscription=subscription)
    invoices = stripe_api.client().v1.invoices.list(
        {"customer": customer, "status": "open"}
    )
    for _number in range(3):
        _fake("retry_invoice", invoice=invoices.data[0].id)
    _fake("dunning", end="cancel")


def _fake(name: str, **fields: Any) -> None:
    """Use one of the stand-in's controls (billing/fakestripe/README.md)."""
    request = urllib.request.Request(  # noqa: S310  loopback
        f"{settings.STRIPE_API_HOST}/_fake/{name}",
        json.dumps(fields).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=20).close()  # noqa: S310


def _gifts() -> None:
    """One code for each answer to it."""
    olga = User.objects.get(email=OLGA)
    plan = Plan.objects.get(code=demo.CODE)
    gifts.create(olga, 2, plan=plan, limit=3, access_days=90, note="Feria de libros")
    used, old, gone = gifts.create(olga, 3, plan=plan, note="Beca de otoño")
    gifts.redeem(User.objects.get(email=REFUNDED), used.code)
    GiftCode.objects.filter(pk=old.pk).update(expires_at=now() - timedelta(days=1))
    gifts.revoke(gone, olga)


def _queues() -> None:
    """An event and a mail that were given up."""
    InboxEvent.objects.create(
        id=EVENT, type="invoice.paid", livemode=False, created=now(), attempts=12,
        payload={"id": EVENT},
        last_error="stripe.InvalidRequestError: No such invoice: 'in_shown'",
        dead_at=now(),
    )  # fmt: skip
    Message.objects.create(
        key="billing:shown", kind="billing-mail", attempts=12, dead_at=now(),
        payload={"user": 0, "template": "billing_receipt"},
        last_error="SMTPServerDisconnected: Connection unexpectedly closed",
    )  # fmt: skip


def _addresses() -> dict[str, str]:
    """Of the administration, below /admin/; of students, without the language."""
    person = User.objects.get(email=REFUNDED)
    link = CustomerLink.objects.get(user=person)
    grant = AccessGrant.objects.filter(user=person, source_kind="gift").latest("pk")
    ana = links.of(User.objects.get(email=demo.STUDENT))
    prices = PlanPrice.objects.filter(currency="EUR")
    month = prices.get(interval=PlanPrice.Interval.MONTH)
    year = prices.get(interval=PlanPrice.Interval.YEAR)
    message = Message.objects.get(key="billing:shown")
    usable = GiftCode.objects.filter(used=0, revoked_at=None, limit=3).latest("pk")
    found = {
        "person": reverse("billing_subscribers:person", args=[person.pk]),
        "give": reverse("billing_subscribers:grant", args=[person.pk]),
        "end": reverse("billing_subscribers:revoke", args=[grant.pk]),
        "refund": reverse(
            "billing_subscribers:refund",
            args=[mirror.of_customer("charge", link.customer)[-1]["id"]],
        ),
        "plan": reverse("billing_plans:edit", args=[month.plan.pk]),
        "price": reverse("billing_prices:edit", args=[month.pk]),
        "event": reverse("billing_events:replay", args=[EVENT]),
        "message": reverse("billing_messages:replay", args=[message.pk]),
        "revoke-gift": reverse("billing_gifts:revoke", args=[usable.pk]),
        "buy": reverse("billing:buy", args=[month.pk]),
        "buy-cancelled": reverse("billing:cancelled", args=[month.pk]),
    }
    if ana:
        mine = mirror.of_customer("subscription", ana.customer)[-1]["id"]
        found["change"] = reverse("billing:change", args=[mine])
        found["preview"] = f"{found['change']}?price={year.pk}"
    codes = {
        "usable": usable,
        "used": GiftCode.objects.filter(limit=1, used=1).latest("pk"),
        "expired": GiftCode.objects.exclude(expires_at=None).latest("pk"),
        "revoked": GiftCode.objects.exclude(revoked_at=None).latest("pk"),
    }
    return (
        found
        | {f"gift-{name}": row.code for name, row in codes.items()}
        | {"receipts": str(Receipt.objects.count())}
    )
