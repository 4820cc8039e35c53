"""The list of subscribers in the Wagtail admin, for owners."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters.filters import (
    ChoiceFilter,
    DateFromToRangeFilter,
    ModelChoiceFilter,
)
from djstripe import models as djstripe
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView

from accounts.owner_views import OwnersView
from billing import money, plan_states, subscribers
from billing.entitlements import moment
from billing.models import Plan, PlanPrice
from billing.owner_pages import OwnersViewSet
from courses.spreadsheets import ScreenExport

STATES = {
    plan_states.TRIALING: _("In the trial"),
    plan_states.ACTIVE: _("Active"),
    plan_states.CANCELLING: _("Cancelled, still open"),
    plan_states.PAST_DUE: _("Payment failed"),
    plan_states.PAUSED: _("Paused"),
    plan_states.UNPAID: _("Unpaid, closed"),
    plan_states.INCOMPLETE: _("Never paid"),
    plan_states.ENDED: _("Ended"),
}
INTERVALS = [
    (value, label)
    for value, label in PlanPrice.Interval.choices
    if value in {PlanPrice.Interval.MONTH, PlanPrice.Interval.YEAR}
]


def currencies() -> Iterable[tuple[str, str]]:
    found = PlanPrice.objects.order_by("currency").values_list("currency", flat=True)
    return [(code, code) for code in found.distinct()]


class SubscriberFilterSet(WagtailFilterSet):
    state = ChoiceFilter(label=_("State"), choices=list(STATES.items()))
    plan = ModelChoiceFilter(
        label=_("Plan"), queryset=Plan.objects.all(), method="of_plan"
    )
    currency = ChoiceFilter(label=_("Currency"), choices=currencies)
    interval = ChoiceFilter(label=_("Charged"), choices=INTERVALS)
    created = DateFromToRangeFilter(label=_("Since"), widget=DateRangePickerWidget)

    class Meta:
        model = djstripe.Subscription
        fields: list[str] = []

    def of_plan(self, queryset: Any, name: str, plan: Plan) -> Any:
        return queryset.filter(price__in=plan.prices.values("stripe_price"))


class SubscriptionPaginator(WagtailPaginator):
    """dj-stripe's models have English names only."""

    @property
    def items_count_label(self) -> str:
        return ngettext(
            "%(count)d subscription", "%(count)d subscriptions", self.count
        ) % {"count": self.count}


class SubscribersView(OwnersView, ScreenExport, ReportView):
    """Three statements a page, however long it is."""

    page_title = _("Subscribers")
    header_icon = "group"
    index_url_name = "billing_subscribers:index"
    index_results_url_name = "billing_subscribers:results"
    export_filename = "subscribers"
    filterset_class = SubscriberFilterSet
    is_searchable = True
    search_backend_name = None
    search_fields = ["email", "person_name", "id", "customer__id"]
    default_ordering = "-created"
    paginator_class = SubscriptionPaginator
    model = djstripe.Subscription

    @cached_property
    def prices(self) -> dict[str, PlanPrice]:
        found = PlanPrice.objects.select_related("plan")
        return {price.stripe_price: price for price in found}

    @cached_property
    def columns(self) -> list[Any]:  # type: ignore[override]  # as Wagtail does
        return [
            TitleColumn(
                "person",
                label=_("Student"),
                accessor=lambda row: (
                    row.person_name or row.email or gettext("(erased)")
                ),
                get_url=page_of_person,
            ),
            Column("email", label=_("E-mail address")),
            Column("plan", label=_("Plan"), accessor=self.plan_of),
            Column(
                "state",
                label=_("State"),
                accessor=lambda row: STATES.get(row.state, row.state),
                sort_key="state",
            ),
            Column("interval", label=_("Charged"), accessor=interval_of),
            Column("amount", label=_("Price"), accessor=amount_of, sort_key="amount"),
            Column("currency", label=_("Currency")),
            Column("created", label=_("Since"), accessor=since, sort_key="created"),
            Column(
                "period_end",
                label=_("Paid until"),
                accessor=paid_until,
                sort_key="period_end",
            ),
        ]

    def exported_columns(self) -> list[Any]:
        """The files also name the rows at Stripe, which are too long for the screen."""
        return [
            *self.columns,
            Column("id", label=_("At Stripe")),
            Column("customer_id", label=_("Stripe customer")),
        ]

    def plan_of(self, row: Any) -> str:
        price = self.prices.get(row.price)
        return price.plan.name if price else row.price

    def get_base_queryset(self) -> Any:
        return subscribers.rows()

    def order_queryset(self, queryset: Any) -> Any:
        return super().order_queryset(queryset).order_by(self.ordering, "-pk")

    def get_filtered_queryset(self) -> Any:
        return self.get_queryset()


def page_of_person(row: Any) -> str | None:
    if row.person is None:
        return None
    return reverse("billing_subscribers:person", args=[row.person])


def since(row: Any) -> date:
    return localdate(row.created)


def paid_until(row: Any) -> date | None:
    return localdate(moment(row.period_end)) if row.period_end else None


def interval_of(row: Any) -> str:
    return str(dict(INTERVALS).get(row.interval, row.interval))


def amount_of(row: Any) -> str:
    return "—" if row.amount is None else money.show(row.amount, row.currency)


class SubscribersViewSet(OwnersViewSet):
    name = "billing_subscribers"
    menu_label = _("Subscribers")
    icon = "group"

    def get_urlpatterns(self) -> list[URLPattern]:
        from billing import access_views, person_page, refund_view

        return [
            path("", SubscribersView.as_view(), name="index"),
            path(
                "results/", SubscribersView.as_view(results_only=True), name="results"
            ),
            path("<int:pk>/", person_page.PersonView.as_view(), name="person"),
            path("<int:pk>/give/", access_views.GrantView.as_view(), name="grant"),
            path("end/<int:pk>/", access_views.RevokeView.as_view(), name="revoke"),
            path(
                "refund/<str:charge>/", refund_view.RefundView.as_view(), name="refund"
            ),
        ]
