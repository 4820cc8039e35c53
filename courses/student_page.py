"""Everything the school knows about one student's learning, on one page for owners."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts import mail_log
from accounts.models import User
from accounts.owner_views import OwnersView
from audit.models import AuditEvent
from courses import explainer, grants, reports
from courses.models import (
    AccessGrant,
    Certificate,
    Course,
    Enrolment,
    Item,
    ItemProgress,
    ProgressReset,
    QuizAttempt,
)

EVENTS = 50
MAILS = 20
ATTEMPTS = 50


class StudentView(OwnersView, WagtailAdminTemplateMixin, TemplateView):
    """A fixed number of statements, whatever the student did."""

    template_name = "courses/admin/student.html"
    header_icon = "user"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.student = get_object_or_404(User, pk=kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_page_title(self) -> str:
        return str(self.student)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        up = reverse("course_reports:students")
        return [
            self.breadcrumbs_items[0],
            {"url": up, "label": gettext("Progress of students")},
            {"url": "", "label": str(self.student)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        student = self.student
        rows = reports.students(Course.objects.all()).filter(user=student)
        return super().get_context_data(
            student=student,
            places=places(list(rows), student),
            grants=access(student),
            attempts=list(
                QuizAttempt.objects.filter(user=student)
                .select_related("item__course")
                .order_by("-submitted_at")[:ATTEMPTS]
            ),
            certificates=list(
                Certificate.objects.filter(user=student).order_by("-issued_at")
            ),
            events=list(
                AuditEvent.objects.filter(target=f"user:{student.pk}")[:EVENTS]
            ),
            resets=list(
                ProgressReset.objects.filter(user=student)
                .select_related("course", "item")
                .defer("snapshot")
            ),
            mails=mails(student),
            explain_url=explainer.address(student=student.email),
            **kwargs,
        )


def places(rows: list[Enrolment], student: User) -> list[dict[str, Any]]:
    """Each course once, the newest place first, with its lessons. Two statements."""
    newest: dict[uuid.UUID, Enrolment] = {}
    for row in rows:
        newest.setdefault(row.course_id, row)
    done = {
        one.item_id: one
        for one in ItemProgress.objects.filter(user=student, item__course__in=newest)
    }
    lessons: dict[uuid.UUID, list[dict[str, Any]]] = {key: [] for key in newest}
    items = Item.objects.filter(course__in=newest).order_by("course", "position")
    for item in items:
        if item.retired_at is None or item.pk in done:
            lessons[item.course_id].append(
                {"item": item, "progress": done.get(item.pk)}
            )
    return [
        {
            "place": row,
            "percent": reports.percent(row),
            "state": reports.state(row),
            "lessons": lessons[key],
        }
        for key, row in newest.items()
    ]


def access(student: User) -> list[dict[str, Any]]:
    """Every grant the student ever had, with what it opens. Two statements."""
    rows = list(AccessGrant.objects.filter(user=student))
    titles = {
        str(key): title for key, title in Course.objects.values_list("key", "title")
    }
    valid = {one.pk for one in grants.valid_grants(student)}
    return [
        {
            "grant": row,
            "opens": titles.get(row.scope_ref)
            or f"{row.get_scope_display()} {row.scope_ref}".strip(),
            "valid": row.pk in valid,
        }
        for row in rows
    ]


def mails(student: User) -> list[dict[str, Any]]:
    """The newest mails to the student and how each went. One statement."""
    names = mail_log.titles()
    return [
        {
            "mail": row,
            "title": mail_log.title_of(row, names),
            "state": mail_log.STATES[mail_log.state_of(row)],
        }
        for row in mail_log.of_person(student)[:MAILS]
    ]
