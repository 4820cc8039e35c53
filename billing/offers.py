"""The cards of the pricing page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from billing import money, subscriptions
from billing.models.plans import Plan, PlanPrice


@dataclass(frozen=True)
class Card:
    """One price as it is offered to this reader.

    action_url: a link (a visitor's sign-up, a subscriber's account); post_url: a form, only
    for people who are signed in, so that the page of a visitor carries no token.
    """

    plan: Plan
    price: PlanPrice
    period: str
    note: str
    badge: str
    featured: bool
    current: bool
    label: str
    action_url: str = ""
    post_url: str = ""


def cards(request: HttpRequest) -> list[Card]:
    """Every price on sale, plan by plan, the cheapest first.

    Two queries for a visitor; three more for somebody signed in.
    """
    user = reader(request)
    held = {
        state.price_id: state
        for state in (subscriptions.states(user) if user else [])
        if state.is_open
    }
    products = {
        price.plan.stripe_product
        for price in PlanPrice.objects.select_related("plan").filter(
            stripe_price__in=held
        )
    }
    return [
        _card(price, plan, prices, user, held, products)
        for plan in Plan.objects.on_sale()
        for prices in [sorted(getattr(plan, "prices_on_sale", []), key=_amount)]
        for price in prices
    ]


def card_of(price: PlanPrice) -> Card:
    """One price as a card without button: the last look before paying."""
    return _card(price, price.plan, [], None, (), set())


def _amount(price: PlanPrice) -> int:
    return price.amount


def reader(request: HttpRequest) -> User | None:
    """Who reads; without a session cookie the session is not touched (cacheable)."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = request.user
    return user if isinstance(user, User) else None


def _card(
    price: PlanPrice,
    plan: Plan,
    siblings: list[PlanPrice],
    user: User | None,
    held: Iterable[str],
    products: set[str],
) -> Card:
    saving = _saving(price, siblings)
    label, action_url, post_url = _action(price, user, plan.stripe_product in products)
    return Card(
        plan=plan,
        price=price,
        period=period(price),
        note=_note(price, plan),
        badge=_("Save %(amount)s") % {"amount": saving} if saving else "",
        featured=bool(saving),
        current=price.stripe_price in held,
        label=label,
        action_url=action_url,
        post_url=post_url,
    )


def _action(
    price: PlanPrice, user: User | None, subscribed: bool
) -> tuple[str, str, str]:
    """label, link, form address of a card's button."""
    if not settings.BILLING_ENABLED:
        return "", "", ""
    buy = reverse("billing:buy", args=[price.pk])
    label = _("Subscribe") if price.recurring else _("Buy")
    if user is None:
        return label, f"{reverse('account_signup')}?{urlencode({'next': buy})}", ""
    if subscribed:
        return _("Manage your plan"), reverse("billing:account"), ""
    return label, "", buy


def period(price: PlanPrice) -> str:
    """ "a month", "a year" or "once", in the reader's language."""
    return {
        PlanPrice.Interval.MONTH: _("a month"),
        PlanPrice.Interval.YEAR: _("a year"),
    }.get(PlanPrice.Interval(price.interval), _("once"))


def _note(price: PlanPrice, plan: Plan) -> str:
    """What is really charged, and when, in one sentence."""
    values = {"amount": price.shown, "monthly": price.shown_per_month}
    if plan.trial_days and price.recurring:
        values |= {"days": str(plan.trial_days)}
        return _("%(days)s days free, then %(amount)s per period.") % values
    if price.interval == PlanPrice.Interval.MONTH:
        return _("%(amount)s is charged every month until you cancel.") % values
    if price.interval == PlanPrice.Interval.YEAR:
        return (
            _("%(amount)s is charged once a year: %(monthly)s a month. Renews yearly.")
            % values
        )
    if price.access_days:
        values |= {"days": str(price.access_days)}
        return _("%(amount)s is charged once, for %(days)s days of access.") % values
    return _("%(amount)s is charged once. No renewal.") % values


def _saving(price: PlanPrice, siblings: list[PlanPrice]) -> str:
    """What a year costs less than twelve months; empty when it does not."""
    if price.interval != PlanPrice.Interval.YEAR:
        return ""
    months = [
        one.amount
        for one in siblings
        if one.interval == PlanPrice.Interval.MONTH and one.currency == price.currency
    ]
    less = min(months) * 12 - price.amount if months else 0
    return money.show(less, price.currency) if less > 0 else ""
