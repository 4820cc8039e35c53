"""Seven more buyers in a demo school: every state a plan can be in, and what owners see then.

Runs inside the school: `manage.py shell -c "from config.tests.buyers import load; load()"`.
Prints one line of JSON: addresses that only the database knows, and sessions.
"""

import json
import sys
import urllib.request
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.timezone import now

from accounts import signals
from accounts.models import User
from billing import demo, gifts, links, mirror, reconcile, stripe_api
from billing.models import CustomerLink, GiftCode, InboxEvent, Plan, PlanPrice
from config.tests.students import person
from courses.models import AccessGrant, Certificate, CoursePage, Enrolment
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
# owners: Olga reads Spanish
OLGA, OSCAR = "olga@example.com", "oscar@example.com"
EVENT, MESSAGE = "evt_shown_given_up", "billing:shown"


def load() -> None:
    """Once for each school; prints the addresses by name."""
    if not User.objects.filter(email=REFUNDED).exists():
        for email, name in NAMES.items():
            person(email, name)
            _subscribe(email)
        person(OSCAR, "Oscar Ortiz").groups.add(Group.objects.get(name="Owners"))
        _gifts()
        _queues()
    sys.stdout.write(json.dumps(_addresses()) + "\n")


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
        key=MESSAGE, kind="billing-mail", attempts=12, dead_at=now(),
        payload={"user": 0, "template": "billing_receipt"},
        last_error="SMTPServerDisconnected: Connection unexpectedly closed",
    )  # fmt: skip


def _addresses() -> dict[str, dict[str, str]]:
    """owners, students: what they open; students' without the language. sessions: of people,
    who need not sign in then."""
    found = {"owners": {**_owners(), **_staff()}, "students": _students()}
    people = [*NAMES, demo.STUDENT, OLGA, OSCAR]
    users = User.objects.filter(email__in=people)
    return {**found, "sessions": {user.email: _session(user) for user in users}}


def _session(user: User) -> str:
    signals.admin_speaks_their_language(User, user)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[auth.SESSION_KEY] = str(user.pk)
    store[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def _owners() -> dict[str, str]:
    person = User.objects.get(email=REFUNDED)
    link = CustomerLink.objects.get(user=person)
    grant = AccessGrant.objects.filter(user=person, source_kind="gift").latest("pk")
    charge = mirror.of_customer("charge", link.customer)[-1]["id"]
    month = _prices()[PlanPrice.Interval.MONTH]
    usable = GiftCode.objects.filter(used=0, revoked_at=None, limit=3).latest("pk")
    message = Message.objects.get(key=MESSAGE)
    return {
        "person": reverse("billing_subscribers:person", args=[person.pk]),
        "give": reverse("billing_subscribers:grant", args=[person.pk]),
        "end": reverse("billing_subscribers:revoke", args=[grant.pk]),
        "refund": reverse("billing_subscribers:refund", args=[charge]),
        "price": reverse("billing_prices:edit", args=[month.pk]),
        "event": reverse("billing_events:replay", args=[EVENT]),
        "message": reverse("billing_messages:replay", args=[message.pk]),
        "revoke-gift": reverse("billing_gifts:revoke", args=[usable.pk]),
    }


def _staff() -> dict[str, str]:
    """What is done to a place in a course, to a certificate and to a page with records."""
    place = Enrolment.objects.filter(user__email=demo.STUDENT).latest("pk")
    done = Certificate.objects.valid().latest("number")
    page = CoursePage.objects.filter(translation_key=place.course.key)[0]
    return {
        "withdraw": reverse("enrolments:withdraw", args=[place.pk]),
        "extend": reverse("enrolments:extend", args=[place.pk]),
        "reset": reverse("progress_resets:new", args=[place.pk]),
        "revoke": reverse("certificates:revoke", args=[done.pk]),
        "reissue": reverse("certificates:reissue", args=[done.pk]),
        "kept": f"{reverse('courses_kept')}?id={page.pk}",
        "check": reverse("course_check", args=[page.pk]),
    }


def _students() -> dict[str, str]:
    prices = _prices()
    month, year = (
        prices[PlanPrice.Interval.MONTH].pk,
        prices[PlanPrice.Interval.YEAR].pk,
    )
    ana = CustomerLink.objects.get(user__email=demo.STUDENT)
    mine = mirror.of_customer("subscription", ana.customer)[-1]["id"]
    return {
        "buy": f"/billing/buy/{month}/",
        "buy-cancelled": f"/billing/buy/{month}/cancelled/",
        "change": f"/billing/subscriptions/{mine}/change/",
        "preview": f"/billing/subscriptions/{mine}/change/?price={year}",
    }


def _prices() -> dict[str, PlanPrice]:
    return {price.interval: price for price in PlanPrice.objects.filter(currency="EUR")}
