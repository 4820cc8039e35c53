"""The reports about courses: every course, and lesson, question and video of one."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets import AdminDateInput

from courses import (
    durations,
    grants,
    quiz_statistics,
    report_scope,
    reports,
    staff,
    video_statistics,
)
from courses.models import Course, Item
from courses.report_columns import BarColumn, DropOffColumn
from courses.report_scope import ReportPermission
from courses.spreadsheets import ScreenExport

TABS = [
    ("lessons", _("Lessons")),
    ("questions", _("Questions")),
    ("videos", _("Videos")),
]


class PeriodForm(forms.Form):
    """Which students count: those who joined between two days, both included."""

    since = forms.DateField(
        label=_("Joined from"), required=False, widget=AdminDateInput
    )
    until = forms.DateField(
        label=_("Joined until"), required=False, widget=AdminDateInput
    )

    def period(self) -> reports.Period:
        days: dict[str, date | None] = self.cleaned_data if self.is_valid() else {}
        since, until = days.get("since"), days.get("until")
        return reports.Period(
            since=grants.start_of(since) if since else None,
            until=grants.end_of(until) if until else None,
        )


class CoursesReport(ReportPermission, ScreenExport, ReportView):
    """Every course this person may look at, with its numbers."""

    page_title = _("Courses")
    header_icon = "list-ul"
    index_url_name = "course_reports:courses"
    export_filename = "courses"
    is_searchable = False
    columns = [
        TitleColumn(
            "title",
            label=_("Course"),
            get_url=lambda row: reverse("course_reports:lessons", args=[row.pk]),
        ),
        Column("code", label=_("Code")),
        Column("state", label=_("State"), accessor="get_state_display"),
        NumberColumn("taking", label=_("Students now")),
        NumberColumn("ever", label=_("Students ever")),
        NumberColumn("finished", label=_("Finished")),
        BarColumn(
            "share",
            label=_("Share that finished"),
            accessor=lambda row: reports.share(min(row.finished, row.ever), row.ever),
        ),
        DateColumn("latest", label=_("Last enrolment")),
    ]

    def get_base_queryset(self) -> Any:
        mine = report_scope.courses_of(self.request.user)  # type: ignore[arg-type]
        return reports.overview(mine).order_by("title", "pk")


class OneCourseReport(ReportPermission, ScreenExport, ReportView):
    """A report on the parts of one course; its rows are a list read in few statements."""

    template_name = "courses/admin/course_report.html"
    is_searchable = False
    header_icon = "list-ul"
    tab = ""
    explanation: Any = ""

    @cached_property
    def course(self) -> Course:
        mine = report_scope.courses_of(self.request.user)  # type: ignore[arg-type]
        return get_object_or_404(mine, pk=self.kwargs["key"])

    @cached_property
    def period_form(self) -> PeriodForm:
        return PeriodForm(self.request.GET)

    def rows(self, period: reports.Period) -> list[Any]:
        raise NotImplementedError

    def get_queryset(self) -> list[Any]:
        return self.rows(self.period_form.period())

    def filter_queryset(self, queryset: list[Any]) -> list[Any]:
        return queryset

    def get_index_url(self) -> str:
        return reverse(f"course_reports:{self.tab}", args=[self.course.pk])

    def get_index_results_url(self) -> str:
        return self.get_index_url()

    def get_page_title(self) -> str:
        return str(self.course)

    def get_page_subtitle(self) -> str:
        return str(dict(TABS)[self.tab])

    def get_filename(self) -> str:
        return f"{self.course.code}-{self.tab}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        home = self.breadcrumbs_items[0]
        up = {"url": reverse("course_reports:courses"), "label": gettext("Courses")}
        return [home, up, {"url": "", "label": str(self.course)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        tabs = [
            {
                "label": label,
                "url": reverse(f"course_reports:{name}", args=[self.course.pk]),
                "current": name == self.tab,
            }
            for name, label in TABS
        ]
        return {
            **context,
            "course": self.course,
            "is_owner": staff.is_owner(self.request.user),
            "tabs": tabs,
            "period_form": self.period_form,
            "explanation": self.explanation,
        }


class LessonsReport(OneCourseReport):
    tab = "lessons"
    explanation = _(
        "Lesson by lesson: who opened it and who finished it. “Stopped here”: the furthest "
        "lesson of students who have not finished the course and opened nothing for 14 days."
    )
    columns = [
        TitleColumn("title", label=_("Lesson")),
        Column(
            "required",
            label=_("Required"),
            accessor=lambda row: gettext("yes") if row.required else gettext("no"),
        ),
        NumberColumn("students", label=_("Students")),
        NumberColumn("opened", label=_("Opened")),
        BarColumn("opened_share", label=_("Opened, %")),
        NumberColumn("completed", label=_("Completed")),
        BarColumn("completed_share", label=_("Completed, %")),
        NumberColumn("here", label=_("Furthest lesson")),
        NumberColumn("stopped", label=_("Stopped here")),
    ]

    def rows(self, period: reports.Period) -> list[Any]:
        return reports.funnel(self.course.pk, period)


class QuestionsReport(OneCourseReport):
    tab = "questions"
    explanation = _(
        "First attempts only. “Tells apart”: from -1 to 1; near 0 or below, good students "
        "miss it as often as others: look at the question. The days are those of the attempts."
    )
    columns = [
        TitleColumn("text", label=_("Question")),
        Column("lesson", label=_("Lesson"), accessor="lesson"),
        NumberColumn("first_attempts", label=_("Students")),
        NumberColumn("right", label=_("Right")),
        BarColumn("share_right", label=_("Right, %")),
        Column("discrimination", label=_("Tells apart")),
        Column("wrong", label=_("Most chosen wrong answer"), accessor="wrong"),
    ]

    def rows(self, period: reports.Period) -> list[Any]:
        titles = dict(
            Item.objects.filter(course=self.course)
            .order_by("position")
            .values_list("key", "title")
        )
        found = quiz_statistics.of_items(titles, since=period.since, until=period.until)
        return [question_row(one, titles[one.item]) for one in found]


def question_row(
    one: quiz_statistics.QuestionStatistics, lesson: str
) -> dict[str, Any]:
    wrong = [option for option in one.options if not option.correct and option.chosen]
    worst = max(wrong, key=lambda option: option.chosen, default=None)
    return {
        "text": one.text,
        "lesson": lesson,
        "first_attempts": one.first_attempts,
        "right": one.right,
        "share_right": one.share_right,
        "discrimination": "" if one.discrimination is None else one.discrimination,
        "wrong": f"{worst.text} ({worst.chosen})" if worst else "",
    }


class VideosReport(OneCourseReport):
    tab = "videos"
    explanation = _(
        "Which share of its viewers played each 5 seconds of a video (of long videos: each "
        "of 360 equal steps). Skipped parts do not count, however far somebody jumped."
    )
    columns = [
        TitleColumn("title", label=_("Lesson")),
        NumberColumn("viewers", label=_("Viewers")),
        Column(
            "length",
            label=_("Length"),
            accessor=lambda row: durations.clock(row.seconds),
        ),
        BarColumn("average", label=_("Watched on average, %")),
        Column(
            "drop",
            label=_("Half are gone at"),
            accessor=lambda row: "" if row.drop is None else durations.clock(row.drop),
        ),
        DropOffColumn("shares", label=_("Viewers in the course of the video, %")),
    ]

    def rows(self, period: reports.Period) -> list[Any]:
        return video_statistics.drop_off(self.course.pk, period)


def is_shown(request: HttpRequest) -> bool:
    return report_scope.may_see_reports(request.user)
