"""Where moderators look at reported messages of the lessons' discussions."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import BlanketPermissionPolicy

from accounts.models import User
from courses import discussion
from courses.models import Comment, Course

TEAM = ("Moderators", "Owners")


def may_moderate(user: Any) -> bool:
    """Moderators and owners."""
    if not user.is_active:
        return False
    return bool(user.is_superuser or user.groups.filter(name__in=TEAM).exists())


class ModeratorsLook(BlanketPermissionPolicy):
    """Moderators and owners see the list; rows change only through hide and restore."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action == "view" and may_moderate(user)

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return "view" in actions and may_moderate(user)

    def users_with_any_permission(self, actions: Any) -> Any:
        if "view" not in actions:
            return User.objects.none()
        return User.objects.filter(Q(is_superuser=True) | Q(groups__name__in=TEAM))


class CommentFilters(WagtailFilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[("reported", _("Reported")), ("hidden", _("Hidden"))],
        widget=forms.RadioSelect,
    )
    course = django_filters.ModelChoiceFilter(
        label=_("Course"), field_name="item__course", queryset=Course.objects.all()
    )

    class Meta:
        model = Comment
        fields = ["state", "course", "created_at"]

    def by_state(self, rows: "QuerySet[Any]", name: str, value: str) -> Any:
        if value == "reported":
            return rows.filter(open_reports__gt=0)
        return rows.filter(hidden_at__isnull=False)


class CommentIndex(IndexView):
    default_ordering = "-open_reports"

    def get_base_queryset(self) -> Any:
        waiting = Count("reports", filter=Q(reports__settled_at__isnull=True))
        return (
            Comment.objects.filter(deleted_at__isnull=True)
            .annotate(open_reports=waiting)
            .select_related("user", "item__course")
            .order_by("-open_reports", "-created_at")
        )

    def order_queryset(self, queryset: Any) -> Any:
        """Reported messages first, then the newest."""
        return queryset

    def get_add_url(self) -> None:
        return None

    def get_edit_url(self, instance: Any) -> str:
        return reverse("comments:moderate", args=[instance.pk])

    def get_delete_url(self, instance: Any) -> None:
        return None


def _state(comment: Any) -> str:
    if comment.hidden_at:
        return gettext("Hidden")
    return gettext("Reported") if comment.open_reports else gettext("Shown")


class CommentViewSet(ModelViewSet):
    model = Comment
    name = "comments"
    icon = "comment"
    menu_label = _("Discussions")
    menu_order = 310
    add_to_admin_menu = True
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = CommentIndex
    filterset_class = CommentFilters
    search_fields = ("text", "user__email", "user__name", "item__title")
    search_backend_name = None
    form_fields = ("text",)  # required by the base class; no form is reachable
    list_per_page = 50
    list_display = (
        TitleColumn(
            "text",
            label=_("Message"),
            accessor=lambda row: Truncator(row.text).chars(80),
            get_url=lambda row: reverse("comments:moderate", args=[row.pk]),
        ),
        Column("user", label=_("Author")),
        Column("item", label=_("Lesson")),
        Column("open_reports", label=_("Reports")),
        Column("state", label=_("State"), accessor=_state),
        DateColumn("created_at", label=_("Written")),
    )

    @property
    def permission_policy(self) -> ModeratorsLook:
        return ModeratorsLook(Comment)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<int:pk>/", moderate, name="moderate"),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""

    def register_permissions(self) -> None:
        """Not offered to groups: moderators and owners only."""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("The author reads it; it stays in the audit trail."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, pk: int) -> HttpResponse:
    """One message with its reports: hide it, or show it (again)."""
    if not may_moderate(request.user):
        raise PermissionDenied
    comment = get_object_or_404(
        Comment.objects.select_related("user", "item__course", "parent"),
        pk=pk,
        deleted_at__isnull=True,
    )
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)  # noqa: S101  may_moderate says so
        hides = "hide" in request.POST
        act = discussion.hide if hides else discussion.restore
        act(comment, form.cleaned_data["reason"], request.user)
        said = (
            gettext("The message is hidden.")
            if hides
            else gettext("The message is shown.")
        )
        messages.success(request, said)
        return redirect("comments:index")
    context = {
        "comment": comment,
        "form": form,
        "reports": comment.reports.select_related("user").order_by("-created_at"),
        "author": discussion.name_of(comment),
    }
    return render(request, "courses/admin_moderate.html", context)
