"""The owners' pages in the Wagtail admin: plans, receipts, and what waits to be done."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
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
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.button import Button

from billing import inbox, pdf
from billing.models import InboxEvent, Plan, Receipt
from billing.revenue_views import RevenueViewSet
from billing.subscribers_admin import SubscribersViewSet
from courses.models import Course
from outbox import queue
from outbox.models import Message


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


class RowsViewSet(ModelViewSet):
    """A list to look at, for owners; no row is added, changed or deleted in it."""

    copy_view_enabled = False
    add_to_reference_index = False
    form_fields = ("id",)  # required by the base class; no form is reachable

    def extra_urlpatterns(self) -> list[URLPattern]:
        return []

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            *self.extra_urlpatterns(),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""

    def register_permissions(self) -> None:
        """Not offered to groups: owners only."""


class RowsIndex(IndexView):
    """A list without pages to add, change or delete its rows."""

    def get_add_url(self) -> None:
        return None

    def get_edit_url(self, instance: Any) -> None:
        return None

    def get_delete_url(self, instance: Any) -> None:
        return None


class ReplayIndex(RowsIndex):
    """A list whose rows can be tried again."""

    def get_list_more_buttons(self, instance: Any) -> list[Button]:
        name = "events" if isinstance(instance, InboxEvent) else "messages"
        url = reverse(f"billing_{name}:replay", args=[instance.pk])
        return [Button(gettext("Try again"), url=url, icon_name="rotate")]


def _state(row: Any) -> str:
    """How far an event or a message is."""
    done = row.processed_at if isinstance(row, InboxEvent) else row.done_at
    if done:
        return gettext("done")
    return gettext("given up") if row.dead_at else gettext("waiting")


# of everything that is done later, tried again and at last given up
HOW_FAR = (
    Column("state", label=_("State"), accessor=_state),
    Column("attempts", label=_("Attempts")),
    Column(
        "last_error", label=_("Last error"), accessor=lambda row: row.last_error[:120]
    ),
)


class EventViewSet(RowsViewSet):
    model = InboxEvent
    name = "billing_events"
    menu_label = _("Stripe events")
    icon = "download"
    index_view_class = ReplayIndex
    search_fields = ("id", "type")
    list_filter = ("type", "processed_at", "dead_at")
    list_display = (
        "id",
        Column("type", label=_("Type")),
        DateColumn("received_at", label=_("Received")),
        *HOW_FAR,
    )

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [path("replay/<str:pk>/", replay_event, name="replay")]


class MessageViewSet(RowsViewSet):
    model = Message
    name = "billing_messages"
    menu_label = _("Outbox")
    icon = "mail"
    index_view_class = ReplayIndex
    search_fields = ("key", "kind")
    list_filter = ("kind", "done_at", "dead_at")
    list_display = (
        "key",
        Column("kind", label=_("Kind")),
        DateColumn("created_at", label=_("Created")),
        *HOW_FAR,
    )

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [path("replay/<uuid:pk>/", replay_message, name="replay")]


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


@require_http_methods(["GET", "POST"])
def replay_event(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then process the event again."""
    if not _may_see(request, EventViewSet.model):
        return permission_denied(request)  # type: ignore[no-any-return]
    event = get_object_or_404(InboxEvent, pk=pk)
    if request.method == "POST":
        inbox.replay(event.pk)
        event.refresh_from_db()
        _say(request, event.last_error)
        return redirect("billing_events:index")
    return _ask(request, event, "billing_events:index")


@require_http_methods(["GET", "POST"])
def replay_message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then deliver the message again; one that was delivered is sent once more."""
    if not _may_see(request, MessageViewSet.model):
        return permission_denied(request)  # type: ignore[no-any-return]
    message = get_object_or_404(Message, pk=pk)
    if request.method == "POST":
        message.done_at = None
        message.save(update_fields=["done_at"])
        message.revive()
        queue.deliver(str(message.pk))
        message.refresh_from_db()
        _say(request, message.last_error)
        return redirect("billing_messages:index")
    return _ask(request, message, "billing_messages:index")


def receipt_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    if not _may_see(request, Receipt):
        return permission_denied(request)  # type: ignore[no-any-return]
    receipt = get_object_or_404(Receipt, pk=pk)
    return HttpResponse(pdf.ensure(receipt), content_type="application/pdf")


def _may_see(request: HttpRequest, model: Any) -> bool:
    return bool(
        request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    )


def _ask(request: HttpRequest, row: Any, back: str) -> HttpResponse:
    context = {"row": row, "state": _state(row), "back": reverse(back)}
    return render(request, "billing/admin_replay.html", context)


def _say(request: HttpRequest, error: str) -> None:
    if error:
        messages.error(request, gettext("It failed again: %s") % error)
    else:
        messages.success(request, gettext("Done."))


class BillingViewSetGroup(ModelViewSetGroup):
    menu_label = _("Billing")
    menu_icon = "tag"
    menu_order = 800
    items = (
        RevenueViewSet(),
        SubscribersViewSet(),
        PlanViewSet("billing_plans"),
        ReceiptViewSet("billing_receipts"),
        EventViewSet("billing_events"),
        MessageViewSet("billing_messages"),
    )
