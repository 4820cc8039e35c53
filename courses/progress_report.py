"""The report on students: how far each is in each course."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_filters.filters import (
    ChoiceFilter,
    DateFromToRangeFilter,
    ModelChoiceFilter,
)
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.reports import ReportView

from courses import report_scope, reports, staff
from courses.models import Course, Enrolment
from courses.report_columns import BarColumn, StudentColumn
from courses.report_scope import ReportPermission
from courses.spreadsheets import ScreenExport

STATES = [
    ("not-started", _("Not started")),
    ("under-way", _("Under way")),
    ("finished", _("Finished")),
    ("withdrawn", _("Left the course")),
]


class ProgressFilterSet(WagtailFilterSet):
    course = ModelChoiceFilter(
        label=_("Course"),
        queryset=lambda request: report_scope.courses_of(request.user),
    )
    how = ChoiceFilter(label=_("State"), choices=STATES, method="in_state")
    started_at = DateFromToRangeFilter(label=_("Joined"), widget=DateRangePickerWidget)

    class Meta:
        model = Enrolment
        fields: list[str] = []

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        return reports.in_state(queryset, value)


class ProgressReport(ReportPermission, ScreenExport, ReportView):
    """Owners see addresses and a link to each student; writers of a course names only."""

    page_title = _("Progress of students")
    header_icon = "group"
    index_url_name = "course_reports:students"
    index_results_url_name = "course_reports:students_results"
    export_filename = "progress"
    filterset_class = ProgressFilterSet
    is_searchable = True
    search_backend_name = None
    default_ordering = "-started_at"
    model = Course  # named on an empty page

    @property
    def search_fields(self) -> list[str]:  # a list there, a property here
        """Who does not see addresses does not find by them either."""
        owner = staff.is_owner(self.request.user)
        return ["user__name", "course__title", *(["user__email"] if owner else [])]

    @cached_property
    def columns(self) -> list[Any]:  # type: ignore[override]  # as Wagtail does
        owner = staff.is_owner(self.request.user)
        return [
            StudentColumn(
                "student",
                with_address=owner,
                label=_("Student"),
                accessor=lambda row: (
                    row.user.name or (row.user.email if owner else "—")
                ),
                sort_key="user__name",
                get_url=page_of_student if owner else None,
            ),
            Column("course", label=_("Course"), accessor="course.title"),
            DateColumn("started_at", label=_("Joined"), sort_key="started_at"),
            Column("state", label=_("State"), accessor=reports.state),
            BarColumn("percent", label=_("Progress, %"), accessor=reports.percent),
            DateColumn("last_activity", label=_("Last activity")),
            DateColumn("completed_at", label=_("Finished")),
            Column("certificate", label=_("Certificate")),
        ]

    def exported_columns(self) -> list[Any]:
        """The address, which the screen shows below the name, is a column of its own."""
        mail = Column("email", label=_("E-mail address"), accessor="user.email")
        first, *rest = super().exported_columns()
        return [first, *([mail] if first.with_address else []), *rest]

    def get_base_queryset(self) -> Any:
        mine = report_scope.courses_of(self.request.user)  # type: ignore[arg-type]
        return reports.students(mine)

    def order_queryset(self, queryset: Any) -> Any:
        return super().order_queryset(queryset).order_by(self.ordering, "-pk")

    def get_filtered_queryset(self) -> Any:
        return self.get_queryset()


def page_of_student(row: Enrolment) -> str:
    return reverse("course_reports:student", args=[row.user_id])
