"""The owners' list of mails in the Wagtail admin."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_filters.filters import ChoiceFilter, DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView, PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet

from accounts import mail_log
from outbox.models import Message

SHOWN_ERROR = 120


class MailFilterSet(WagtailFilterSet):
    state = ChoiceFilter(
        label=_("State"), choices=list(mail_log.STATES.items()), method="in_state"
    )
    what = ChoiceFilter(
        label=_("Mail"),
        choices=lambda: list(mail_log.titles().items()),
        method="of_kind",
    )
    created_at = DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)

    class Meta:
        model = Message
        fields: list[str] = []

    def in_state(
        self, queryset: QuerySet[Message], name: str, value: str
    ) -> QuerySet[Message]:
        return queryset.filter(mail_log.CONDITIONS[value])

    def of_kind(
        self, queryset: QuerySet[Message], name: str, value: str
    ) -> QuerySet[Message]:
        return queryset.filter(Q(payload__template=value) | Q(kind=value))


def recipient(message: Any) -> str:
    """Name and address; the person may be gone."""
    parts = [message.person_name, message.address]
    return " · ".join(filter(None, parts)) or gettext("Account erased")


class MailIndexView(IndexView):
    page_title = _("Mails")
    header_icon = "mail"
    default_ordering = "-created_at"
    filterset_class = MailFilterSet
    search_fields = ["address", "person_name"]
    any_permission_required = ["view"]
    paginate_by = 50

    def get_base_queryset(self) -> QuerySet[Message]:
        return mail_log.mails()

    def get_add_url(self) -> None:
        """Mails are caused, never written here."""

    @cached_property
    def columns(self) -> list[Any]:
        names = mail_log.titles()
        return [
            TitleColumn(
                "recipient",
                label=_("Recipient"),
                accessor=recipient,
                get_url=lambda row: reverse("mail_log:one", args=[row.pk]),
            ),
            Column(
                "what",
                label=_("Mail"),
                accessor=lambda row: mail_log.title_of(row, names),
            ),
            DateColumn("created_at", label=_("Date"), sort_key="created_at"),
            Column(
                "state",
                label=_("State"),
                accessor=lambda row: mail_log.STATES[mail_log.state_of(row)],
            ),
            Column("attempts", label=_("Attempts"), sort_key="attempts"),
            Column(
                "last_error",
                label=_("Last error"),
                accessor=lambda row: row.last_error[:SHOWN_ERROR],
            ),
        ]


class MailView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """One mail: who, what, when, how it went; and sending it again."""

    model = Message
    permission_required = "view"
    template_name = "accounts/admin/mail.html"
    header_icon = "mail"

    @cached_property
    def message(self) -> Any:
        return get_object_or_404(mail_log.mails(), pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        return mail_log.title_of(self.message, mail_log.titles())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        up = {"url": reverse("mail_log:index"), "label": gettext("Mails")}
        here = {"url": "", "label": self.get_page_title()}
        return [*super().get_breadcrumbs_items(), up, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.message
        return super().get_context_data(
            message=found,
            recipient=recipient(found),
            state=mail_log.STATES[mail_log.state_of(found)],
            waits=found.done_at is None and found.dead_at is None,
            why_not=mail_log.why_not_again(found),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Send it again."""
        try:
            again = mail_log.send_again(self.message, request.user)  # type: ignore[arg-type]
        except mail_log.NotSafeError as error:
            messages.error(request, str(error))
            return redirect("mail_log:one", self.message.pk)
        messages.success(request, gettext("The mail is on its way again."))
        return redirect("mail_log:one", again.pk)


class MailLogViewSet(ModelViewSet):
    model = Message
    name = "mail_log"
    url_prefix = "mails"
    icon = "mail"
    menu_label = _("Mails")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    form_fields = ("kind",)  # required by the base class; no form is reachable
    index_view_class = MailIndexView
    search_backend_name = None

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<uuid:pk>/", MailView.as_view(), name="one"),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""
