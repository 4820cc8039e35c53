"""What a paid course costs, for its page and its locked lessons."""

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

    None while nothing is for sale. Three queries.
    """
    if not settings.BILLING_ENABLED:
        return None
    price = _cheapest(course)
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
    days = [price.access_days for price in _prices(course) if price.access_days]
    return min(days, default=None)


def _cheapest(course: CoursePage) -> PlanPrice | None:
    return min(_prices(course), key=lambda price: price.amount, default=None)


def _prices(course: CoursePage) -> list[PlanPrice]:
    """The prices on sale that open the course."""
    wanted = {
        ("all", ""),
        ("course", str(course.translation_key)),
        ("tier", course.tier),
    }
    return [
        price
        for plan in Plan.objects.on_sale()
        if plan.scopes & wanted
        for price in getattr(plan, "prices_on_sale", [])
    ]
