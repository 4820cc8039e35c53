"""Lists of students in the administration: upload, look, apply, watch, undo."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, View
from django_filters.filters import ChoiceFilter
from django_htmx.http import HttpResponseClientRefresh
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView, PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.model import ModelViewSet

from courses import enrolment_csv, enrolment_import
from courses.models import EnrolmentImport, EnrolmentImportRow
from courses.spreadsheets import ScreenExport

Outcome = EnrolmentImportRow.Outcome
TONES = {
    Outcome.ENROL: "primary",
    Outcome.EXTEND: "primary",
    Outcome.ENROLLED: "primary",
    Outcome.EXTENDED: "primary",
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "CSV in UTF-8, at most 50,000 lines and 5 MB. The first line names the "
            "columns: email, course (its code) and, if you like, access_until "
            "(2026-12-31). Commas, semicolons or tabs between them."
        ),
    )
    give_access = forms.BooleanField(
        label=_("Give access to the paid lessons"),
        required=False,
        help_text=_(
            "Until the day in the column, without end where it is empty. Lines with a "
            "day give access in any case."
        ),
    )
    send_mail = forms.BooleanField(
        label=_("Send the welcome mail to those enrolled"), required=False
    )

    def clean_file(self) -> enrolment_csv.Listing:
        """The lines of the file, or the reason why there are none."""
        file = self.cleaned_data["file"]
        if file.size > enrolment_csv.MAX_BYTES:
            content = b" " * (enrolment_csv.MAX_BYTES + 1)  # refused without reading it
        else:
            content = file.read()
        self.cleaned_data["name"] = file.name
        try:
            return enrolment_csv.read(content)
        except enrolment_csv.FileError as error:
            raise forms.ValidationError(str(error)) from None


class ImportIndexView(IndexView):
    page_title = _("Enrolment lists")
    add_item_label = _("Upload a list")

    def get_inspect_url(self, instance: EnrolmentImport) -> str:
        return reverse("enrolment_lists:rows", args=[instance.pk])


class UploadView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):  # type: ignore[type-arg]
    model = EnrolmentImport
    permission_required = "add"
    page_title = _("Upload a list of students")
    header_icon = "upload"
    template_name = "courses/admin/upload_list.html"
    form_class = UploadForm

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("enrolment_lists:index"), "label": lists()}
        return [
            *super().get_breadcrumbs_items(),
            index,
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            submit_button_label=gettext("Check the file"),
            form_is_multipart=True,
            **kwargs,
        )

    def form_valid(self, form: UploadForm) -> HttpResponse:
        made = enrolment_import.take(
            form.cleaned_data["file"],
            name=form.cleaned_data["name"],
            by=self.request.user.email,  # type: ignore[union-attr]
            give_access=form.cleaned_data["give_access"],
            send_mail=form.cleaned_data["send_mail"],
        )
        return redirect("enrolment_lists:rows", made.pk)


class RowFilterSet(WagtailFilterSet):
    outcome = ChoiceFilter(label=_("Result"), choices=Outcome.choices)

    class Meta:
        model = EnrolmentImportRow
        fields: list[str] = []


class OfOneList:
    """A view of the list that its address names."""

    kwargs: dict[str, Any]

    @cached_property
    def made(self) -> EnrolmentImport:
        return get_object_or_404(EnrolmentImport, pk=self.kwargs["pk"])


class RowsView(OfOneList, ScreenExport, IndexView):
    """One list: what its lines do, the button to do it, and how far that is."""

    model = EnrolmentImportRow
    template_name = "courses/admin/list_rows.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    filterset_class = RowFilterSet
    paginate_by = 50
    default_ordering = "line"
    is_searchable = False
    header_icon = "upload"
    any_permission_required = ["view"]

    @cached_property
    def columns(self) -> list[Any]:  # type: ignore[override]  # as Wagtail does
        return [
            Column("line", label=_("Line")),
            TitleColumn("email", label=_("E-mail address")),
            Column("code", label=_("Course")),
            Column("until_text", label=_("Access until")),
            Column("outcome", label=_("Result"), accessor="get_outcome_display"),
        ]

    def get_page_title(self) -> str:
        return self.made.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("enrolment_lists:index"), "label": lists()}
        home, *_rest = super().get_breadcrumbs_items()
        return [home, index, {"url": "", "label": self.made.name}]

    def get_index_url(self) -> str:
        return reverse("enrolment_lists:rows", args=[self.made.pk])

    def get_index_results_url(self) -> str:
        return reverse("enrolment_lists:rows_results", args=[self.made.pk])

    def get_filename(self) -> str:
        return f"enrolment-{self.made.created_at:%Y-%m-%d}"

    def get_base_queryset(self) -> QuerySet[EnrolmentImportRow]:
        return self.made.rows.all()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if self.is_export or self.results_only:
            return context
        return {**context, **state_context(self.made)}


def lists() -> str:
    return gettext("Enrolment lists")


def state_context(made: EnrolmentImport) -> dict[str, Any]:
    """The list, how many lines have which result, and how far the work is. One query."""
    rows = made.rows.order_by().values_list("outcome").annotate(Count("pk"))
    counts = dict(rows)
    counted = [
        {
            "count": counts[code],
            "label": label,
            "good": code in TONES,
            "url": f"{reverse('enrolment_lists:rows', args=[made.pk])}?outcome={code}",
        }
        for code, label in Outcome.choices
        if code in counts
    ]
    asked = made.state if made.at_work else EnrolmentImport.State.RUNNING
    todo = sum(counts.get(code, 0) for code in enrolment_import.LEFT[asked][0])
    return {
        "made": made,
        "counts": counted,
        "todo": todo,
        "done": made.total - todo,
        "stands_still": made.touched_at < now() - enrolment_import.PATIENCE,
        "undoable": counts.get(Outcome.ENROLLED, 0) + counts.get(Outcome.EXTENDED, 0),
    }


class ListView(OfOneList, PermissionCheckedMixin, View):
    """What is done to one list."""

    model = EnrolmentImport
    permission_required = "add"

    def back(self) -> HttpResponse:
        return redirect("enrolment_lists:rows", self.made.pk)


class ApplyView(ListView):
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not enrolment_import.start(self.made):
            messages.warning(request, gettext("This list was applied before."))
        return self.back()


class UndoView(ListView):
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        by = self.request.user.email  # type: ignore[union-attr]
        if not enrolment_import.start_undo(self.made, by):
            messages.warning(request, gettext("There is nothing to undo."))
        return self.back()


class ProgressView(ListView):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """How far the work is; once it is over, the browser loads the page again."""
        if not self.made.at_work:
            return HttpResponseClientRefresh()
        context = state_context(self.made)
        return render(request, "courses/admin/list_work.html", context)


class EnrolmentImportViewSet(ModelViewSet):
    model = EnrolmentImport
    name = "enrolment_lists"
    icon = "upload"
    menu_label = _("Enrolment lists")
    add_to_reference_index = False
    index_view_class = ImportIndexView
    copy_view_enabled = False
    form_fields = ("id",)  # required by the base class; no form is reachable
    list_display = [
        "name",
        Column("state", label=_("State"), accessor="get_state_display"),
        Column("total", label=_("Lines")),
        Column("by", label=_("Uploaded by")),
        DateColumn("created_at", label=_("Uploaded")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        rows = RowsView.as_view
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("upload/", UploadView.as_view(), name="add"),
            path("<uuid:pk>/", rows(), name="rows"),
            path("<uuid:pk>/results/", rows(results_only=True), name="rows_results"),
            path("<uuid:pk>/apply/", ApplyView.as_view(), name="apply"),
            path("<uuid:pk>/undo/", UndoView.as_view(), name="undo"),
            path("<uuid:pk>/progress/", ProgressView.as_view(), name="progress"),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""
