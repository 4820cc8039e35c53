"""Enrolments in the administration: the list, enrol one, withdraw, extend."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.admin.views.generic import CreateView, IndexView, PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from courses import enrolment, explainer
from courses.enrolment_forms import EnrolForm, ReasonForm, UntilForm, extend
from courses.enrolment_list import SEARCHED, EnrolmentFilterSet
from courses.models import Enrolment
from courses.spreadsheets import ScreenExport
from courses.staff import SavedByForm


class EnrolmentIndexView(ScreenExport, IndexView):
    template_name = "courses/admin/enrolments.html"

    @cached_property
    def columns(self) -> list[Any]:  # type: ignore[override]  # as Wagtail does
        found: list[Any] = super().columns
        if not self.is_export:
            found.insert(
                0, BulkActionsCheckboxColumn("bulk_actions", obj_type="enrolment")
            )
        return found

    def get_base_queryset(self) -> QuerySet[Enrolment]:
        return Enrolment.objects.select_related("user", "course")

    def get_list_more_buttons(self, instance: Enrolment) -> list[Any]:
        buttons: list[Any] = super().get_list_more_buttons(instance)
        student = reverse("course_reports:student", args=[instance.user_id])
        buttons += [
            Button(gettext("Student"), url=student, icon_name="user"),
            Button(
                gettext("Why is a lesson open or locked?"),
                url=explainer.address(student=instance.user.email),
                icon_name="key",
            ),
        ]
        if instance.ended_at is None and self.user_has_permission("add"):
            buttons += [
                Button(
                    gettext("Withdraw"),
                    url=reverse("enrolments:withdraw", args=[instance.pk]),
                    icon_name="cross",
                ),
                Button(
                    gettext("Extend access"),
                    url=reverse("enrolments:extend", args=[instance.pk]),
                    icon_name="date",
                ),
                Button(
                    gettext("Reset progress"),
                    url=reverse("progress_resets:new", args=[instance.pk]),
                    icon_name="history",
                ),
            ]
        return buttons


class EnrolView(SavedByForm, CreateView):
    page_title = _("Enrol a student")
    submit_button_label = _("Enrol")
    success_message = _("Enrolled: %(object)s")

    def get_success_message(self, instance: Enrolment) -> str:
        return gettext("Enrolled: %(object)s") % {"object": instance}

    def get_success_buttons(self) -> list[Any]:
        return []


class PlaceActionView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):  # type: ignore[type-arg]
    """Something done to one student's place in a course, after a question."""

    model = Enrolment
    permission_required = "add"
    template_name = "courses/admin/place_action.html"
    explanation: Any = ""
    submit_button_label: Any = ""

    @cached_property
    def place(self) -> Enrolment:
        return get_object_or_404(
            Enrolment.objects.select_related("user", "course"), pk=self.kwargs["pk"]
        )

    def get_page_subtitle(self) -> str:
        return f"{self.page_title}: {self.place}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": self.get_success_url(), "label": gettext("Enrolments")}
        here = {"url": "", "label": self.page_title, "sublabel": str(self.place)}
        return [*super().get_breadcrumbs_items(), index, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            place=self.place,
            explanation=self.explanation,
            submit_button_label=self.submit_button_label,
            back=self.get_success_url(),
            **kwargs,
        )
        return {**context, "media": context["form"].media}

    def get_success_url(self) -> str:
        return reverse("enrolments:index")


class WithdrawView(PlaceActionView):
    page_title = _("Withdraw")
    header_icon = "cross"
    form_class = ReasonForm
    explanation = _(
        "The student leaves the course. Their progress, results and certificates stay; "
        "if they come back, they go on where they were. Access is not changed."
    )
    submit_button_label = _("Withdraw the student")

    def form_valid(self, form: ReasonForm) -> HttpResponse:
        done = enrolment.withdraw(
            self.place.user,
            self.place.course,
            reason=form.cleaned_data["reason"],
            actor=self.request.user,
        )
        if done:
            messages.success(self.request, gettext("Withdrawn: %s") % self.place)
        else:
            messages.warning(self.request, gettext("This enrolment had ended already."))
        return redirect(self.get_success_url())


class ExtendView(PlaceActionView):
    page_title = _("Extend access")
    header_icon = "date"
    form_class = UntilForm
    explanation = _(
        "Opens the paid lessons of this course until the day you choose. Access they "
        "have for longer, or by a subscription, stays as it is."
    )
    submit_button_label = _("Extend access")

    def form_valid(self, form: UntilForm) -> HttpResponse:
        given = extend(
            [self.place],
            form.cleaned_data["access_until"],
            note=form.cleaned_data["note"],
            actor=self.request.user,
        )
        if given:
            messages.success(self.request, gettext("Extended: %s") % self.place)
        else:
            messages.warning(
                self.request, gettext("They have access for as long already.")
            )
        return redirect(self.get_success_url())


class EnrolmentViewSet(ModelViewSet):
    model = Enrolment
    name = "enrolments"
    icon = "group"
    menu_label = _("Enrolments")
    add_to_reference_index = False
    index_view_class = EnrolmentIndexView
    add_view_class = EnrolView
    list_display = ["user", "course", "source", "started_at", "ended_at", "reason"]
    filterset_class = EnrolmentFilterSet
    search_fields = SEARCHED
    search_backend_name = None
    copy_view_enabled = False
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []

    def get_form_class(self, for_update: bool = False) -> Any:
        return EnrolForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("withdraw/<int:pk>/", WithdrawView.as_view(), name="withdraw"),
            path("extend/<int:pk>/", ExtendView.as_view(), name="extend"),
        ]
