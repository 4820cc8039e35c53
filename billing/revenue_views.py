"""What the school earns, for owners: a page and a panel on the admin's first page."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, npgettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.ui.components import Component

from accounts.owners import is_owner
from billing import charts, money, plan_states, revenue, revenue_rows
from billing.owner_pages import OwnersPage, OwnersViewSet
from billing.revenue_rows import Overview

KEPT_SECONDS = 300
# after a number
STATE_LABELS: dict[str, Callable[[int], str]] = {
    plan_states.TRIALING: lambda n: npgettext(
        "subscriptions", "in the trial", "in the trial", n
    ),
    plan_states.ACTIVE: lambda n: npgettext("subscriptions", "active", "active", n),
    plan_states.CANCELLING: lambda n: npgettext(
        "subscriptions", "cancelled, still open", "cancelled, still open", n
    ),
    plan_states.PAST_DUE: lambda n: npgettext(
        "subscriptions", "payment failed", "payments failed", n
    ),
    plan_states.PAUSED: lambda n: npgettext("subscriptions", "paused", "paused", n),
    plan_states.UNPAID: lambda n: npgettext(
        "subscriptions", "unpaid, closed", "unpaid, closed", n
    ),
}


class RevenueView(OwnersPage, TemplateView):
    page_title = _("Revenue")
    header_icon = "order"
    template_name = "billing/admin/revenue.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = revenue_rows.overview()
        return super().get_context_data(
            states=states(found.states),
            totals=totals(found),
            plans=plans(found),
            months=months(found),
            currencies=found.currencies,
            charts=[chart(found, currency) for currency in found.currencies],
            lifetime=found.lifetime,
            chart_height=charts.HEIGHT,
            **kwargs,
        )


def states(counts: dict[str, int]) -> list[dict[str, Any]]:
    """What lives now; the ended ones are history."""
    url = reverse("billing_subscribers:index")
    return [
        {
            "label": label(counts.get(state, 0)),
            "count": counts.get(state, 0),
            "url": f"{url}?state={state}",
        }
        for state, label in STATE_LABELS.items()
    ]


def shown(amounts: dict[str, int]) -> str:
    """Amounts of several currencies, never added up; a dash when there are none."""
    parts = [money.show(amount, currency) for currency, amount in amounts.items()]
    return " · ".join(parts) or "—"


def totals(found: Overview) -> list[dict[str, str]]:
    rows: list[tuple[Any, dict[str, int]]] = [
        (_("Recurring revenue a month"), found.mrr),
        (_("of it: payment failed"), found.at_risk),
        (_("of it: cancelled, still open"), found.leaving),
    ]
    return [{"label": label, "shown": shown(amounts)} for label, amounts in rows]


def plans(found: Overview) -> list[dict[str, Any]]:
    return [
        {
            "plan": row.plan,
            "trialing": row.count(plan_states.TRIALING),
            "active": row.count(plan_states.ACTIVE) + row.count(plan_states.CANCELLING),
            "past_due": row.count(plan_states.PAST_DUE),
            "mrr": money.show(row.mrr, row.currency),
        }
        for row in found.plans
    ]


def months(found: Overview) -> list[dict[str, Any]]:
    """The rows of the table, the newest first."""
    return [
        {
            "month": one,
            "mrr": shown(one.mrr),
            "recurring": shown(sold.recurring),
            "once": shown(sold.once),
        }
        for one, sold in reversed(found.months)
    ]


def chart(found: Overview, currency: str) -> dict[str, Any]:
    rows = [
        (
            date_format(one.first, "M"),
            one.mrr.get(currency, 0),
            f"{date_format(one.first, 'F Y')}: "
            + money.show(one.mrr.get(currency, 0), currency),
        )
        for one, _sold in found.months
    ]
    return {"currency": currency, "bars": charts.bars(rows)}


class RevenueViewSet(OwnersViewSet):
    name = "billing_revenue"
    menu_label = _("Revenue")
    icon = "order"

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", RevenueView.as_view(), name="index")]


class RevenueHomePanel(Component):
    """The figures of today, for owners. Kept for five minutes."""

    name = "ami_revenue"
    template_name = "billing/admin/revenue_panel.html"
    order = 50

    def get_context_data(
        self, parent_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if not is_owner((parent_context or {})["request"].user):
            return {"visible": False}
        key = f"billing-revenue:{get_language()}"
        found: dict[str, Any] | None = cache.get(key)
        if found is None:
            found = today()
            cache.set(key, found, KEPT_SECONDS)
        return found


def today() -> dict[str, Any]:
    """One statement."""
    rows = revenue_rows.earners(timezone.now())
    paying = [row for row in rows if row.state in revenue.PAYING]
    counts = {state: sum(row.state == state for row in rows) for state in STATE_LABELS}
    return {
        "visible": True,
        "mrr": shown(revenue.mrr(paying)),
        "states": [row for row in states(counts) if row["count"]],
    }
