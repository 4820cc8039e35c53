"""The page on which owners open, close or retire a course."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts.owner_views import OwnersView
from courses import course_state
from courses.models import Course


class StateForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), choices=course_state.CHOICES, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Kept in the audit trail.")
    )


class CourseStateView(OwnersView, WagtailAdminTemplateMixin, FormView):  # type: ignore[type-arg]
    template_name = "courses/admin/course_state.html"
    page_title = _("Open, close or retire")
    header_icon = "lock"
    form_class = StateForm

    @cached_property
    def course(self) -> Course:
        return get_object_or_404(Course, pk=self.kwargs["key"])

    def get_page_subtitle(self) -> str:
        return str(self.course)

    def get_success_url(self) -> str:
        return reverse("course_reports:lessons", args=[self.course.pk])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("course_reports:courses"), "label": gettext("Courses")},
            {"url": self.get_success_url(), "label": str(self.course)},
            {"url": "", "label": self.page_title},
        ]

    def get_initial(self) -> dict[str, Any]:
        return {"state": self.course.chosen_state or self.course.state}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            course=self.course,
            affected=course_state.affected(self.course),
            submit_button_label=gettext("Set the state"),
            **kwargs,
        )

    def form_valid(self, form: StateForm) -> HttpResponse:
        course = course_state.choose(
            self.course.pk,
            form.cleaned_data["state"],
            reason=form.cleaned_data["reason"],
            actor=self.request.user,
        )
        said = gettext("“%(course)s” is now: %(state)s")
        messages.success(
            self.request, said % {"course": course, "state": course.get_state_display()}
        )
        return redirect(self.get_success_url())
