"""The cards of the pricing page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User
from billing import money, ownership, sale, subscriptions
from billing.models.plans import Plan, PlanPrice
from billing.models.settings import BillingSettings
from billing.subscriptions import PlanState

KEPT = "_ami_plans_on_sale"
SHUT = "_ami_courses_shut"


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
    owned: bool
    label: str
    action_url: str = ""
    post_url: str = ""


def cards(request: HttpRequest) -> list[Card]:
    """Every price on sale, plan by plan, the cheapest first.

    Two queries for a visitor; four more for somebody signed in.
    """
    user = reader(request)
    held = {
        state.price_id: state
        for state in (subscriptions.states(user) if user else [])
        if state.is_open
    }
    groups = {
        price.plan.group: held[price.stripe_price]
        for price in PlanPrice.objects.select_related("plan").filter(
            stripe_price__in=held
        )
    }
    owned = ownership.for_good(user) if user else frozenset()
    shown = currency(request, held.values())
    return [
        _card(price, plan, prices, user, groups, owned=ownership.covers(owned, plan))
        for plan in plans(request)
        for prices in [sorted(getattr(plan, "prices_on_sale", []), key=_amount)]
        for price in prices
        if price.currency == shown
    ]


def plans(request: HttpRequest) -> list[Plan]:
    """The plans on sale to this reader with their prices; two queries the first time, three
    where one lists courses."""
    if not hasattr(request, KEPT):
        found = list(Plan.objects.on_sale())
        listed = any(plan.unlocks == Plan.Unlocks.COURSES for plan in found)
        closed = shut(request) if listed else frozenset()
        setattr(request, KEPT, [plan for plan in found if sale.sells(plan, closed)])
    return list(getattr(request, KEPT))


def shut(request: HttpRequest) -> frozenset[str]:
    """Keys of the courses that do not take this reader; one query the first time."""
    if not hasattr(request, SHUT):
        setattr(request, SHUT, sale.shut_to(reader(request)))
    found: frozenset[str] = getattr(request, SHUT)
    return found


def currencies(request: HttpRequest) -> list[str]:
    """Those of the prices on sale, the one with most prices first."""
    count = Counter(
        price.currency
        for plan in plans(request)
        for price in getattr(plan, "prices_on_sale", [])
    )
    return sorted(count, key=lambda code: (-count[code], code))


def currency(request: HttpRequest, held: Iterable[PlanState] = ()) -> str:
    """The currency in which this reader sees the prices: the one they asked for; that of
    their plan; the school's first one."""
    found = currencies(request)
    wanted = [request.GET.get("currency", ""), *(state.currency for state in held)]
    if len(found) > 1:
        wanted.append(BillingSettings.load(request).currency)
    return next((code for code in [*wanted, *found] if code in found), "")


def card_of(price: PlanPrice) -> Card:
    """One price as a card without button: the last look before paying."""
    return _card(price, price.plan, [], None, {})


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
    groups: Mapping[str, PlanState],
    *,
    owned: bool = False,
) -> Card:
    saving = _saving(price, siblings)
    state = groups.get(plan.group)
    label, action_url, post_url = _action(price, user, state)
    if owned and state is None and label:
        label, action_url, post_url = (
            _("Go to my courses"), reverse("accounts:dashboard"), "",
        )  # fmt: skip
    return Card(
        plan=plan,
        price=price,
        period=period(price),
        note=_note(price, plan),
        badge=_("Save %(amount)s") % {"amount": saving} if saving else "",
        featured=bool(saving),
        current=state is not None and state.price_id == price.stripe_price,
        owned=owned,
        label=label,
        action_url=action_url,
        post_url=post_url,
    )


def _action(
    price: PlanPrice, user: User | None, state: PlanState | None
) -> tuple[str, str, str]:
    """label, link, form address of a card's button. state: the subscription it replaces."""
    if not settings.BILLING_ENABLED:
        return "", "", ""
    buy = reverse("billing:buy", args=[price.pk])
    label = _("Subscribe") if price.recurring else _("Buy")
    if user is None:
        return label, f"{reverse('account_signup')}?{urlencode({'next': buy})}", ""
    if state and _fits(price, state):
        url = reverse("billing:change", args=[state.id])
        return _("Change to this plan"), f"{url}?price={price.pk}", ""
    if state:
        return _("Manage your plan"), reverse("billing:account"), ""
    return label, "", buy


def _fits(price: PlanPrice, state: PlanState) -> bool:
    """Whether the subscription can be changed to this price."""
    fits = price.recurring and price.currency == state.currency
    return fits and state.may_change and price.stripe_price != state.price_id


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
