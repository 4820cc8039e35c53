"""Certificates in the administration: the list, issue by hand, re-issue, revoke."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from django_filters.filters import ChoiceFilter, DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import CreateView, IndexView, PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from courses import certificates
from courses.models import Certificate, Course, CourseCompletion, CoursePage
from courses.spreadsheets import ScreenExport
from courses.staff import SavedByForm

State = Certificate.State


class CertificateFilterSet(WagtailFilterSet):
    state = ChoiceFilter(
        label=_("State"), choices=State.choices, method="in_state", empty_label=_("All")
    )
    issued_at = DateFromToRangeFilter(label=_("Issued"), widget=DateRangePickerWidget)

    class Meta:
        model = Certificate
        fields = ["course", "language"]

    def in_state(
        self, queryset: QuerySet[Certificate], name: str, value: str
    ) -> QuerySet[Certificate]:
        revoked = Q(revoked_at__isnull=False)
        replaced = Q(superseded_at__isnull=False)
        wanted = {
            State.REVOKED.value: revoked,
            State.SUPERSEDED.value: ~revoked & replaced,
            State.VALID.value: ~revoked & ~replaced,
        }
        return queryset.filter(wanted[value])


class IssueForm(WagtailAdminModelForm):
    """By hand, for somebody who finished the course and has no valid certificate."""

    student = forms.EmailField(
        label=_("Student"), help_text=_("The e-mail address of their account.")
    )
    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.all())
    holder = forms.CharField(
        label=_("Name on the certificate"),
        max_length=200,
        required=False,
        help_text=_("Empty means the name of the account."),
    )

    class Meta:
        model = Certificate
        fields = ["course"]

    field_order = ["student", "course", "holder"]
    completion: CourseCompletion
    page: CoursePage

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "student" in cleaned and "course" in cleaned:
            self._find(cleaned["student"].lower(), cleaned["course"])
            if not cleaned.get("holder"):
                cleaned["holder"] = self.completion.user.name.strip()
            if not cleaned["holder"]:
                self.add_error("holder", _("The account has no name: write one here."))
        return cleaned

    def _find(self, email: str, course: Course) -> None:
        """Sets completion and page, or raises ValidationError with the remedy."""
        completion = CourseCompletion.objects.filter(
            user__email=email, course=course
        ).first()
        page = certificates.page_for(course.pk) or certificates.any_page(course.pk)
        if completion is None:
            raise ValidationError(_("This person has not finished this course."))
        if page is None:
            raise ValidationError(_("Publish the course first."))
        valid = Certificate.objects.valid().filter(user=completion.user, course=course)
        if valid.exists():
            raise ValidationError(_("They have a valid certificate: re-issue it."))
        self.completion, self.page = completion, page

    def save(self, commit: bool = True) -> Certificate:
        return certificates.issue(
            self.completion,
            self.page,
            self.cleaned_data["holder"],
            actor=self.for_user or "admin",
        )


class NameForm(forms.Form):
    holder = forms.CharField(label=_("Name on the certificate"), max_length=200)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Everybody who opens the public page reads it."),
    )
    sure = forms.BooleanField(label=_("Revoke it; this cannot be taken back"))


class CertificateIndexView(ScreenExport, IndexView):
    def get_base_queryset(self) -> QuerySet[Certificate]:
        return Certificate.objects.select_related("user", "course")

    def get_edit_url(self, instance: Certificate) -> None:
        return None

    def get_delete_url(self, instance: Certificate) -> None:
        return None

    def get_list_more_buttons(self, instance: Certificate) -> list[Any]:
        pages = [
            (
                gettext("Public page"),
                certificates.verify_path(instance),
                "link-external",
            ),
            (
                gettext("Open the PDF"),
                reverse("courses:certificate-pdf", args=[instance.pk]),
                "doc-full",
            ),
        ]
        if instance.state == State.VALID:
            for label, name, icon in (
                (gettext("Re-issue"), "reissue", "edit"),
                (gettext("Revoke"), "revoke", "cross"),
            ):
                url = reverse(f"certificates:{name}", args=[instance.pk])
                pages.append((label, url, icon))
        return [Button(label, url=url, icon_name=icon) for label, url, icon in pages]


class IssueView(SavedByForm, CreateView):
    page_title = _("Issue a certificate")
    submit_button_label = _("Issue")

    def get_success_message(self, instance: Certificate) -> str:
        return gettext("Issued: %s") % instance

    def get_success_buttons(self) -> list[Any]:
        return []


class CertificateActionView(
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
    FormView,  # type: ignore[type-arg]
):
    """Something done to one valid certificate, after a question."""

    model = Certificate
    permission_required = "add"
    template_name = "courses/admin/certificate_action.html"
    explanation: Any = ""
    submit_button_label: Any = ""

    @cached_property
    def certificate(self) -> Certificate:
        return get_object_or_404(Certificate, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return f"{self.page_title}: {self.certificate}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": self.get_success_url(), "label": gettext("Certificates")}
        here = {"url": "", "label": self.get_page_subtitle()}
        return [*super().get_breadcrumbs_items(), index, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            certificate=self.certificate,
            explanation=self.explanation,
            submit_button_label=self.submit_button_label,
            back=self.get_success_url(),
            **kwargs,
        )

    def get_success_url(self) -> str:
        return reverse("certificates:index")

    def act(self, form: Any) -> str:
        """Do it; what to tell. Raises CertificateStateError."""
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            messages.success(self.request, self.act(form))
        except certificates.CertificateStateError:
            messages.error(
                self.request, gettext("It was revoked or replaced in the meantime.")
            )
        return redirect(self.get_success_url())


class ReissueView(CertificateActionView):
    page_title = _("Re-issue")
    header_icon = "edit"
    form_class = NameForm
    explanation = _(
        "A new certificate with a new number takes its place; course, date and lessons "
        "stay. The public page of the old one says that it was replaced, and by which."
    )
    submit_button_label = _("Re-issue the certificate")

    def get_initial(self) -> dict[str, Any]:
        return {"holder": self.certificate.holder_name}

    def act(self, form: Any) -> str:
        made = certificates.reissue(
            self.certificate, form.cleaned_data["holder"], actor=self.request.user
        )
        return gettext("Issued: %s") % made


class RevokeView(CertificateActionView):
    page_title = _("Revoke")
    header_icon = "cross"
    form_class = ReasonForm
    explanation = _(
        "Its public page will say that it was revoked, when and why. The finished "
        "course and the progress of the student stay."
    )
    submit_button_label = _("Revoke the certificate")

    def act(self, form: Any) -> str:
        certificates.revoke(
            self.certificate, form.cleaned_data["reason"], actor=self.request.user
        )
        return gettext("Revoked: %s") % self.certificate


class CertificateViewSet(ModelViewSet):
    model = Certificate
    name = "certificates"
    icon = "doc-full-inverse"
    menu_label = _("Certificates")
    add_to_reference_index = False
    index_view_class = CertificateIndexView
    add_view_class = IssueView
    list_display = [
        "number",
        "holder_name",
        "user",
        "course_title",
        Column("state", label=_("State"), accessor=lambda row: row.state.label),
        DateColumn("issued_at", label=_("Issued")),
        "revoked_reason",
    ]
    filterset_class = CertificateFilterSet
    search_fields = ["number", "holder_name", "user__email", "course_title"]
    search_backend_name = None
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = [
        "number",
        "holder_name",
        "user",
        "course_title",
        "completed_on",
        "issued_at",
        "revoked_at",
        "revoked_by",
        "revoked_reason",
        "superseded_at",
        "supersedes",
    ]
    exclude_form_fields: list[str] = []

    def get_form_class(self, for_update: bool = False) -> Any:
        return IssueForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("reissue/<uuid:pk>/", ReissueView.as_view(), name="reissue"),
            path("revoke/<uuid:pk>/", RevokeView.as_view(), name="revoke"),
        ]
