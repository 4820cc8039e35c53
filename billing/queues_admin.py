"""Stripe events and the outbox in the Wagtail admin: how far each is, and try again."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from django_filters.filters import AllValuesFilter, ChoiceFilter, DateFromToRangeFilter
from wagtail.admin.auth import permission_denied
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import Button, HeaderButton

from accounts.owners import is_owner
from billing import queues
from billing.models import InboxEvent
from billing.rows_admin import RowsIndex, RowsViewSet, may_see
from outbox import stages
from outbox.models import Message
from outbox.stages import DEAD, DONE, FAILING, WAITING

STATES = {
    WAITING: _("waiting"),
    FAILING: _("failed, will be tried again"),
    DONE: _("done"),
    DEAD: _("given up"),
}


def state_label(row: Any) -> str:
    """How far an event or a message is, in words."""
    return str(STATES[row.stage])


def age(row: Any) -> str:
    """How long it has been waiting; nothing once it is done."""
    if row.stage == DONE:
        return ""
    since = row.received_at if isinstance(row, InboxEvent) else row.created_at
    return timesince(since, depth=1)


def next_try(row: Any) -> str:
    """When it is tried next by itself; a past moment means: with the next sweep."""
    if row.stage not in {WAITING, FAILING}:
        return ""
    return date_format(localtime(row.next_at), "SHORT_DATETIME_FORMAT")


# of everything that is done later, tried again and at last given up
HOW_FAR = (
    Column("state", label=_("State"), accessor=state_label),
    Column("age", label=_("Waits for"), accessor=age),
    Column("attempts", label=_("Attempts"), sort_key="attempts"),
    Column(
        "last_error", label=_("Last error"), accessor=lambda row: row.last_error[:120]
    ),
    Column("next", label=_("Next attempt"), accessor=next_try),
)


class QueueFilterSet(WagtailFilterSet):
    """done: the column that says so."""

    done = "done_at"
    state = ChoiceFilter(
        label=_("State"), choices=list(STATES.items()), method="in_state"
    )

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(stages.conditions(self.done)[value])


class EventFilterSet(QueueFilterSet):
    done = "processed_at"
    type = AllValuesFilter(label=_("Type"))
    received_at = DateFromToRangeFilter(
        label=_("Received"), widget=DateRangePickerWidget
    )

    class Meta:
        model = InboxEvent
        fields: list[str] = []


class MessageFilterSet(QueueFilterSet):
    kind = AllValuesFilter(label=_("Kind"))
    created_at = DateFromToRangeFilter(label=_("Created"), widget=DateRangePickerWidget)

    class Meta:
        model = Message
        fields: list[str] = []


class ReplayIndex(RowsIndex):
    """A list whose rows can be tried again, one by one or all that were given up."""

    @property
    def urls(self) -> str:
        return "billing_events" if self.model is InboxEvent else "billing_messages"

    def get_list_more_buttons(self, instance: Any) -> list[Button]:
        url = reverse(f"{self.urls}:replay", args=[instance.pk])
        return [Button(gettext("Try again"), url=url, icon_name="rotate")]

    @property
    def header_buttons(self) -> list[Any]:  # a list there, a property here
        if not self.model.objects.dead().exists():
            return []
        url = reverse(f"{self.urls}:replay_dead")
        label = gettext("Try all again")
        return [HeaderButton(label, url=url, icon_name="rotate")]


class EventViewSet(RowsViewSet):
    model = InboxEvent
    name = "billing_events"
    menu_label = _("Stripe events")
    icon = "download"
    index_view_class = ReplayIndex
    search_fields = ("id", "type")
    search_backend_name = None
    filterset_class = EventFilterSet
    list_display = (
        "type",
        DateColumn("received_at", label=_("Received"), sort_key="received_at"),
        *HOW_FAR,
        Column("id", label=_("Event"), sort_key="id", classname="ami-key"),
    )

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [
            path("replay/<str:pk>/", replay_event, name="replay"),
            path("replay-all/", replay_dead_events, name="replay_dead"),
        ]


class MessageViewSet(RowsViewSet):
    model = Message
    name = "billing_messages"
    menu_label = _("Outbox")
    icon = "mail"
    index_view_class = ReplayIndex
    search_fields = ("key", "kind")
    search_backend_name = None
    filterset_class = MessageFilterSet
    list_display = (
        "kind",
        DateColumn("created_at", label=_("Created"), sort_key="created_at"),
        *HOW_FAR,
        Column("key", label=_("Key"), sort_key="key", classname="ami-key"),
    )

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [
            path("replay/<uuid:pk>/", replay_message, name="replay"),
            path("replay-all/", replay_dead_messages, name="replay_dead"),
        ]


@require_http_methods(["GET", "POST"])
def replay_event(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask, then process the event again."""
    return _one(request, InboxEvent, pk, queues.replay_event, "billing_events:index")


@require_http_methods(["GET", "POST"])
def replay_message(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ask, then deliver the message again; one that was delivered is sent once more."""
    return _one(request, Message, pk, queues.replay_message, "billing_messages:index")


@require_http_methods(["GET", "POST"])
def replay_dead_events(request: HttpRequest) -> HttpResponse:
    do = queues.replay_dead_events
    return _all(request, InboxEvent, do, "billing_events:index")


@require_http_methods(["GET", "POST"])
def replay_dead_messages(request: HttpRequest) -> HttpResponse:
    do = queues.replay_dead_messages
    return _all(request, Message, do, "billing_messages:index")


def _one(
    request: HttpRequest, model: Any, pk: Any, do: Callable[..., str], back: str
) -> HttpResponse:
    if not may_see(request, model):
        return permission_denied(request)  # type: ignore[no-any-return]
    row = get_object_or_404(model, pk=pk)
    if request.method != "POST":
        return _ask(request, back, row=row, state=state_label(row))
    error = do(row, request.user)
    if error:
        messages.error(request, gettext("It failed again: %s") % error)
    else:
        messages.success(request, gettext("Done."))
    return redirect(back)


def _all(
    request: HttpRequest, model: Any, do: Callable[..., tuple[int, int]], back: str
) -> HttpResponse:
    if not may_see(request, model):
        return permission_denied(request)  # type: ignore[no-any-return]
    if request.method != "POST":
        return _ask(request, back, count=model.objects.dead().count())
    tried, failed = do(request.user)
    if failed:
        text = ngettext(
            "%(failed)d of %(tried)d failed again.",
            "%(failed)d of %(tried)d failed again.",
            failed,
        )
        messages.error(request, text % {"failed": failed, "tried": tried})
    else:
        messages.success(request, gettext("Done."))
    return redirect(back)


def _ask(request: HttpRequest, back: str, **context: Any) -> HttpResponse:
    lists = {
        "billing_events:index": gettext("Stripe events"),
        "billing_messages:index": gettext("Outbox"),
    }
    title = gettext("Try again")
    context |= {
        "back": reverse(back),
        "most": queues.MOST_AT_ONCE,
        "header_title": title,
        "header_icon": "rotate",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": gettext("Home")},
            {"url": reverse(back), "label": lists[back]},
            {"url": "", "label": title},
        ],
    }
    return render(request, "billing/admin_replay.html", context)


class QueuesHomePanel(Component):
    """What waits and what was given up, on the admin's first page, for owners."""

    name = "ami_queues"
    template_name = "billing/admin/queues_panel.html"
    order = 55

    def get_context_data(
        self, parent_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if not is_owner((parent_context or {})["request"].user):
            return {"rows": []}
        standings = [
            (_("Stripe events"), "billing_events:index", queues.events()),
            (_("Outbox"), "billing_messages:index", queues.messages()),
        ]
        return {
            "rows": [
                {
                    "label": label,
                    "url": reverse(url),
                    "standing": one,
                    "age": timesince(one.oldest, timezone.now(), depth=1)
                    if one.oldest
                    else "",
                }
                for label, url, one in standings
            ],
            "alarm": any(one.needs_a_look for _label, _url, one in standings),
        }
