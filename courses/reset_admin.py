"""Resetting and restoring progress in the administration, for owners."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import IndexView, PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from courses import reset
from courses.enrolment_admin import PlaceActionView
from courses.enrolment_bulk import EnrolmentBulkAction
from courses.models import Course, Enrolment, Item, ProgressReset
from courses.spreadsheets import ScreenExport

EXPLANATION = _(
    "Lessons, video positions and quiz attempts start anew. Enrolment, access, notes and "
    "certificates stay. Everything is kept and can be restored."
)


class ResetForm(forms.Form):
    """completion: take back the finished course too; never by itself."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Kept with the reset and in the audit trail."),
    )
    completion = forms.BooleanField(
        label=_("Take back the finished course too"),
        required=False,
        help_text=_("Only for the whole course. Certificates stay valid in any case."),
    )


class ResetOneForm(ResetForm):
    lesson = forms.ModelChoiceField(
        label=_("Lesson"),
        queryset=Item.objects.none(),
        required=False,
        empty_label=_("The whole course"),
    )

    field_order = ["lesson", "reason", "completion"]

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = Item.objects.filter(course=course).order_by("position")
        self.fields["lesson"].queryset = items  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("lesson") and cleaned.get("completion"):
            self.add_error(
                "completion",
                _("Choose the whole course to take back that it is finished."),
            )
        return cleaned


class ResetView(PlaceActionView):
    page_title = _("Reset progress")
    header_icon = "history"
    form_class = ResetOneForm
    explanation = EXPLANATION
    submit_button_label = _("Reset progress")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "course": self.place.course}

    def form_valid(self, form: ResetOneForm) -> HttpResponse:
        kept = reset.reset(
            self.place.course,
            [self.place.user_id],
            item=form.cleaned_data["lesson"],
            reason=form.cleaned_data["reason"],
            completion=form.cleaned_data["completion"],
            actor=self.request.user,
        )
        if kept:
            messages.success(self.request, gettext("Progress reset: %s") % kept[0])
        else:
            messages.warning(self.request, gettext("They have done nothing there yet."))
        return redirect("course_reports:student", self.place.user_id)


class ResetMany(EnrolmentBulkAction):
    display_name = _("Reset progress")
    action_type = "reset"
    aria_label = _("Reset the progress of the selected students")
    action_priority = 40
    form_class = ResetForm
    explanation = EXPLANATION

    @classmethod
    def execute_action(
        cls,
        objects: list[Enrolment],
        *,
        form: Any,
        actor: Any,
        batch: str,
        **kwargs: Any,
    ) -> tuple[int, int]:
        courses: dict[Course, list[int]] = {}
        for row in objects:
            courses.setdefault(row.course, []).append(row.user_id)
        kept = [
            one
            for course, people in courses.items()
            for one in reset.reset(
                course,
                people,
                reason=form.cleaned_data["reason"],
                completion=form.cleaned_data["completion"],
                actor=actor,
                batch=uuid.UUID(batch),
            )
        ]
        return len(kept), 0

    def get_success_message(self, done: int, _children: int) -> str:
        return ngettext(
            "The progress of %(count)d student was reset.",
            "The progress of %(count)d students was reset.",
            done,
        ) % {"count": done}


class ResetIndexView(ScreenExport, IndexView):
    default_ordering = "-at"

    def get_base_queryset(self) -> QuerySet[ProgressReset]:
        rows = ProgressReset.objects.select_related("user", "course", "item")
        return rows.defer("snapshot")

    def get_add_url(self) -> None:
        """A reset starts at an enrolment."""

    def get_edit_url(self, instance: ProgressReset) -> str:
        return reverse("course_reports:student", args=[instance.user_id])

    def get_list_more_buttons(self, instance: ProgressReset) -> list[Any]:
        url = reverse("course_reports:student", args=[instance.user_id])
        return [Button(gettext("Student"), url=f"{url}#resets", icon_name="user")]


class RestoreView(PermissionCheckedMixin, View):
    model = ProgressReset
    permission_required = "add"

    @cached_property
    def kept(self) -> ProgressReset:
        return get_object_or_404(ProgressReset, pk=self.kwargs["pk"])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """One student's reset, or all that were done together (with "batch")."""
        rows = [self.kept.pk]
        if "batch" in request.POST:
            same = ProgressReset.objects.filter(batch=self.kept.batch)
            rows = list(same.values_list("pk", flat=True))
        done = sum(reset.restore(pk, actor=request.user) for pk in rows)
        said = ngettext(
            "The progress of %(count)d student was restored.",
            "The progress of %(count)d students was restored.",
            done,
        ) % {"count": done}
        messages.success(request, said)
        return redirect("course_reports:student", self.kept.user_id)


class ResetViewSet(ModelViewSet):
    model = ProgressReset
    name = "progress_resets"
    icon = "history"
    menu_label = _("Resets")
    add_to_reference_index = False
    index_view_class = ResetIndexView
    copy_view_enabled = False
    form_fields = ("id",)  # required by the base class; no form is reachable
    list_filter = ["course", "at"]
    search_fields = ["user__email", "user__name", "reason"]
    search_backend_name = None
    list_display = [
        "user",
        "course",
        Column("lesson", label=_("Lesson"), accessor="item"),
        "reason",
        "by",
        DateColumn("at", label=_("When")),
        DateColumn("undone_at", label=_("Undone")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/<int:pk>/", ResetView.as_view(), name="new"),
            path("<uuid:pk>/restore/", RestoreView.as_view(), name="restore"),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""
