"""What a paid course costs, for its page and its locked lessons."""

from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import offers
from billing.models import PricingPage
from billing.models.plans import Plan, PlanPrice
from courses.hooks import Offer
from courses.models import CoursePage


def offer(request: HttpRequest, course: CoursePage) -> Offer | None:
    """The cheapest price that opens the course, leading to the pricing page.

    None while nothing is for sale, and for a course that does not take this reader. Four
    queries.
    """
    if not settings.BILLING_ENABLED:
        return None
    if str(course.translation_key) in offers.shut(request):
        return None
    price = _cheapest(request, course)
    page = (
        PricingPage.objects.live()
        .filter(locale__language_code=(get_language() or "es")[:2])
        .first()
    )
    if price is None or page is None:
        return None
    return Offer(
        label=_("See the plans") if price.recurring else _("Buy this course"),
        url=page.get_url(request) or "",
        price=_("From %(amount)s %(period)s.")
        % {"amount": price.shown, "period": offers.period(price)},
    )


def access_days(course: CoursePage) -> int | None:
    """Days of the shortest access on sale that opens the course; None without an end."""
    prices = _prices(Plan.objects.on_sale(), course)
    days = [price.access_days for price in prices if price.access_days]
    return min(days, default=None)


def _cheapest(request: HttpRequest, course: CoursePage) -> PlanPrice | None:
    """In the currency of the pricing page; where nothing of it opens the course, in that
    with most prices. Amounts of two currencies are never compared."""
    prices = _prices(offers.plans(request), course)
    if not prices:
        return None
    count = Counter(price.currency for price in prices)
    shown = offers.currency(request)
    if shown not in count:
        shown = min(count, key=lambda code: (-count[code], code))
    return min(
        (price for price in prices if price.currency == shown),
        key=lambda price: price.amount,
    )


def _prices(plans: Iterable[Plan], course: CoursePage) -> list[PlanPrice]:
    """The prices on sale that open the course."""
    wanted = {
        ("all", ""),
        ("course", str(course.translation_key)),
        ("tier", course.tier),
    }
    return [
        price
        for plan in plans
        if plan.scopes & wanted
        for price in getattr(plan, "prices_on_sale", [])
    ]
