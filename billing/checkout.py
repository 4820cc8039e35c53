"""Buying: one Checkout session per person and product, and what happens on return."""

import uuid
from itertools import batched
from typing import Any

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from billing import (
    links,
    mirror,
    ownership,
    processing,
    sale,
    stripe_api,
    subscriptions,
)
from billing.models.customers import CheckoutAttempt
from billing.models.plans import Plan, PlanPrice
from billing.models.settings import BillingSettings
from billing.stripe_api import Json

LIMIT = 3
# of one value of metadata, which holds 500 letters; a key is 36 and a comma
COURSES_A_MARK = 13


class AlreadySubscribedError(Exception):
    """The person has this product already."""


class NotForSaleError(Exception):
    """The price, or its plan, is not on sale (any more), or opens courses that take no new
    people."""


def start_checkout(user: User, price: PlanPrice, language: str) -> str:
    """The address of Stripe's payment page for this person and price.

    Two tabs and two clicks get the same page; another price of the same product replaces
    it. Raises AlreadySubscribedError, NotForSaleError, stripe.StripeError,
    stripe_api.StripeAwayError; asking again is safe.
    """
    on_sale = price.active and price.plan.active
    if not on_sale or not sale.sells_to(user, price.plan):
        raise NotForSaleError
    link = links.create(user)
    for _ in range(LIMIT):
        if has(user, price.plan):
            raise AlreadySubscribedError
        attempt = _open(user, price, language)
        session = _session(attempt) or _create_or_drop(
            attempt, link.customer, needed=attempt.serves(price, language)
        )
        if session is None:
            continue
        if session["status"] == "complete":
            # paid in another tab, this very moment
            if confirm(attempt) and ownership.opened_by(user, attempt.session):
                raise AlreadySubscribedError
        elif session["status"] == "open" and attempt.serves(price, language):
            return str(session["url"])
        else:
            _give_up(attempt, session)
    raise AlreadySubscribedError


def has(user: User, plan: Plan) -> bool:
    """Whether the person subscribes to the plan, or has all it opens for good."""
    return ownership.owns(user, plan) or bool(subscriptions.living_for(user, plan))


def _open(user: User, price: PlanPrice, language: str) -> CheckoutAttempt:
    """The person's open attempt for the product, or a new one: the database allows one."""
    open_attempts = CheckoutAttempt.objects.select_related("price__plan", "user")
    wanted = {"user": user, "product": price.plan.group, "closed_at": None}
    try:
        with transaction.atomic():
            return open_attempts.get_or_create(
                **wanted, defaults={"price": price, "language": language}
            )[0]
    except IntegrityError:  # another tab was faster
        return open_attempts.get(**wanted)


def _session(attempt: CheckoutAttempt) -> Json | None:
    if not attempt.session:
        return None
    service = stripe_api.client().v1.checkout.sessions
    return stripe_api.plain(service.retrieve(attempt.session))


def _create_or_drop(
    attempt: CheckoutAttempt, customer: str, *, needed: bool
) -> Json | None:
    """Make the session; None, with the attempt closed, when Stripe refuses one that is not
    needed any more (for a price that was retired since)."""
    try:
        return _create(attempt, customer)
    except stripe.InvalidRequestError:
        if needed:
            raise
        attempt.close()
        return None


def _create(attempt: CheckoutAttempt, customer: str) -> Json:
    """Make the session. Its idempotency key belongs to the attempt: however often, one.

    Stripe keeps a key's answer for a day, an error too, and refuses the key with other
    parameters (a setting changed): then the attempt gets another key. A session that was
    made under the first is known to nobody.
    """
    try:
        session = _ask(attempt, customer)
    except stripe.StripeError as error:
        if not _is_stuck(error):
            raise
        same = CheckoutAttempt.objects.filter(pk=attempt.pk, key=attempt.key)
        same.update(key=uuid.uuid4())
        attempt.refresh_from_db(fields=["key"])  # two tabs agree on one
        session = _ask(attempt, customer)
    attempt.session = session.id
    attempt.save(update_fields=["session"])
    return stripe_api.plain(session)


def _ask(attempt: CheckoutAttempt, customer: str) -> stripe.checkout.Session:
    return stripe_api.client().v1.checkout.sessions.create(
        parameters(attempt, customer), {"idempotency_key": f"checkout-{attempt.key}"}
    )


def _is_stuck(error: stripe.StripeError) -> bool:
    """Whether the same request would get the same error until its key is forgotten."""
    replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
    return replayed or isinstance(error, stripe.IdempotencyError)


def _give_up(attempt: CheckoutAttempt, session: Json) -> None:
    """Close an attempt for another price, so that nobody pays it in a forgotten tab."""
    if session["status"] == "open":
        try:
            stripe_api.client().v1.checkout.sessions.expire(session["id"])
        except stripe.InvalidRequestError:  # paid or expired this very moment
            confirm(attempt)
            return
    attempt.close()


def parameters(attempt: CheckoutAttempt, customer: str) -> Any:
    """What Stripe is asked for. Everything that decides about access is in metadata that
    only our server writes."""
    price, user = attempt.price, attempt.user
    marks = {"ami_user": str(user.pk), "ami_price": price.stripe_price}
    if not price.recurring:
        marks |= _bought(price)
    school = BillingSettings.load()
    rate = "" if school.automatic_tax else school.tax_rate
    line: dict[str, Any] = {"price": price.stripe_price, "quantity": 1}
    common: dict[str, Any] = {
        "customer": customer,
        "customer_update": {"name": "auto", "address": "auto"},
        "tax_id_collection": {"enabled": school.collect_tax_ids},
        "automatic_tax": {"enabled": school.automatic_tax},
        "allow_promotion_codes": True,
        "client_reference_id": str(user.pk),
        "locale": attempt.language,
        "metadata": marks,
        **_addresses(attempt.language, price),
    }
    if price.recurring:
        data: dict[str, Any] = {"metadata": marks}
        if rate:
            data["default_tax_rates"] = [rate]
        if price.plan.trial_days and not subscriptions.had(
            user, price.plan.stripe_product
        ):
            data["trial_period_days"] = price.plan.trial_days
        return {
            **common,
            "mode": "subscription",
            "line_items": [line],
            "subscription_data": data,
        }
    if rate:
        line["tax_rates"] = [rate]
    return {
        **common,
        "mode": "payment",
        "line_items": [line],
        "payment_intent_data": {"metadata": marks},
        "invoice_creation": {"enabled": True},
    }


def _bought(price: PlanPrice) -> dict[str, str]:
    """What a price paid once opens today: a later change takes nothing from its buyers."""
    marks = {"ami_days": str(price.access_days or 0)}
    plan = price.plan
    if plan.unlocks != Plan.Unlocks.COURSES:
        [(scope, ref)] = plan.scopes
        return {**marks, "ami_opens": f"{scope}:{ref}" if ref else scope}
    for number, keys in enumerate(batched(plan.courses, COURSES_A_MARK, strict=False)):
        name = f"ami_courses_{number + 1}" if number else "ami_courses"
        marks[name] = ",".join(map(str, keys))
    return marks


def _addresses(language: str, price: PlanPrice) -> dict[str, str]:
    """Where the browser comes back to. Stripe fills {CHECKOUT_SESSION_ID} in."""
    with translation.override(language):
        success = reverse("billing:success")
        cancel = reverse("billing:cancelled", args=[price.pk])
    return {
        "success_url": f"{settings.BASE_URL}{success}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.BASE_URL}{cancel}",
    }


def confirm(attempt: CheckoutAttempt) -> bool:
    """Do what the webhook would do for this session; whether it is paid or on trial.

    Safe to repeat, and after the webhook nothing is left to do: then Stripe is not asked.
    Raises stripe.StripeError, stripe_api.StripeAwayError.
    """
    known = mirror.get("checkout.session", attempt.session)
    if known is None or known["status"] != "complete":
        with transaction.atomic():
            link = links.of(attempt.user)
            if link:
                customer = {"id": attempt.session, "customer": link.customer}
                processing.follow("checkout.session", customer)
        known = mirror.get("checkout.session", attempt.session)
    if known is None or known["status"] == "open":
        return False
    attempt.close()
    return known["payment_status"] in {"paid", "no_payment_required"}
