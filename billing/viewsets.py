"""The owners' pages in the Wagtail admin: plans, receipts and the menu of all others."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.auth import permission_denied
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import Button

from billing import pdf
from billing.gift_admin import GiftViewSet
from billing.ledger_views import LedgerViewSet
from billing.models import Plan, Receipt
from billing.price_admin import PriceViewSet
from billing.queues_admin import EventViewSet, MessageViewSet
from billing.revenue_views import RevenueViewSet
from billing.rows_admin import RowsIndex, RowsViewSet, may_see
from billing.subscribers_admin import SubscribersViewSet
from courses.models import Course


class PlanForm(WagtailAdminModelForm):
    """Courses are chosen by their title and kept by their key."""

    courses = forms.MultipleChoiceField(
        label=_("courses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only if it opens the courses listed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].choices = [
            (str(course.key), str(course)) for course in Course.objects.order_by("code")
        ]
        self.initial["courses"] = [str(key) for key in self.instance.courses]

    def clean_courses(self) -> list[UUID]:
        return [UUID(key) for key in self.cleaned_data["courses"]]


class PlanViewSet(ModelViewSet):
    model = Plan
    name = "billing_plans"
    menu_label = _("Plans")
    icon = "tag"
    copy_view_enabled = False
    add_to_reference_index = False
    list_display = (
        "__str__",
        Column("code", label=_("Code")),
        Column("unlocks", label=_("Opens"), accessor="get_unlocks_display"),
        Column("prices", label=_("Prices"), accessor=lambda plan: _prices(plan)),
        Column("active", label=_("On sale"), accessor=lambda plan: _yes(plan.active)),
    )
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("code"), FieldPanel("position")]),
            FieldPanel("active"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("name_es"), FieldPanel("name_en")]),
                    FieldRowPanel([FieldPanel("summary_es"), FieldPanel("summary_en")]),
                    FieldRowPanel(
                        [FieldPanel("benefits_es"), FieldPanel("benefits_en")]
                    ),
                ],
                heading=_("On the pricing page"),
            ),
            MultiFieldPanel(
                [FieldPanel("unlocks"), FieldPanel("tier"), FieldPanel("courses")],
                heading=_("What it opens"),
            ),
            MultiFieldPanel(
                [
                    HelpPanel(
                        content=_(
                            "<p>Prices are made in Stripe and copied here by themselves. A "
                            "price is never changed: make a new one and retire the old.</p>"
                        )
                    ),
                    FieldPanel("stripe_product"),
                    FieldPanel("trial_days"),
                ],
                heading=_("At Stripe"),
            ),
        ],
        base_form_class=PlanForm,
    )


def _prices(plan: Plan) -> str:
    return " · ".join(price.shown for price in plan.prices.filter(active=True)) or "—"


def _yes(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


class ReceiptIndex(RowsIndex):
    def get_base_queryset(self) -> Any:
        return super().get_base_queryset().select_related("user", "series")

    def get_list_more_buttons(self, instance: Receipt) -> list[Button]:
        url = reverse("billing_receipts:pdf", args=[instance.pk])
        return [Button(gettext("Open the PDF"), url=url, icon_name="doc-full")]


class ReceiptViewSet(RowsViewSet):
    model = Receipt
    name = "billing_receipts"
    menu_label = _("Receipts")
    icon = "form"
    index_view_class = ReceiptIndex
    search_fields = ("source", "user__email", "user__name")
    list_filter = ("kind", "issued_at", "currency")
    list_display = (
        "__str__",
        Column("kind", label=_("Kind"), accessor="get_kind_display"),
        Column("user", label=_("Person")),
        Column("total", label=_("Total"), accessor="shown_total"),
        DateColumn("issued_at", label=_("Issued")),
        Column("source", label=_("At Stripe")),
    )

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [path("pdf/<int:pk>/", receipt_pdf, name="pdf")]


def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    if not may_see(request, Receipt):
        return permission_denied(request)  # type: ignore[no-any-return]
    receipt = get_object_or_404(Receipt, pk=pk)
    return HttpResponse(pdf.ensure(receipt), content_type="application/pdf")


class BillingViewSetGroup(ModelViewSetGroup):
    menu_label = _("Billing")
    menu_icon = "tag"
    menu_order = 800
    items = (
        RevenueViewSet(),
        SubscribersViewSet(),
        PlanViewSet("billing_plans"),
        PriceViewSet("billing_prices"),
        GiftViewSet("billing_gifts"),
        ReceiptViewSet("billing_receipts"),
        LedgerViewSet(),
        EventViewSet("billing_events"),
        MessageViewSet("billing_messages"),
    )
