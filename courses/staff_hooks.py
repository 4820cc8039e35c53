"""The administration of students, plugged into Wagtail (imported by wagtail_hooks)."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.permissions import register_permission_policy

from courses import (
    enrolment_bulk,
    learning_home,
    page_listings,
    report_scope,
    reset_admin,
    staff,
    students_admin,
)
from courses.models import (
    Certificate,
    Enrolment,
    EnrolmentImport,
    EnrolmentImportRow,
    ProgressReset,
)

register_permission_policy(Enrolment, staff.OwnersOnly(Enrolment, {"add", "view"}))
register_permission_policy(Certificate, staff.OwnersOnly(Certificate, {"add", "view"}))
for model in (EnrolmentImport, EnrolmentImportRow, ProgressReset):
    register_permission_policy(model, staff.OwnersOnly(model, {"add", "view"}))
hooks.register("register_bulk_action", enrolment_bulk.WithdrawMany)
hooks.register("register_bulk_action", enrolment_bulk.ExtendMany)
hooks.register("register_bulk_action", reset_admin.ResetMany)


@hooks.register("register_admin_viewset")
def students_viewsets() -> students_admin.StudentsGroup:
    return students_admin.StudentsGroup()


@hooks.register("register_admin_viewset")
def explorer_viewsets() -> list[PageViewSet]:
    return [page_listings.CoursePageViewSet(), page_listings.LessonPageViewSet()]


@hooks.register("register_admin_urls")
def report_urls() -> list[URLResolver]:
    from courses import staff_urls

    return [path("learning/", include(staff_urls))]


@hooks.register("construct_homepage_panels")
def learning_panel(request: HttpRequest, panels: list[Component]) -> None:
    if report_scope.may_see_reports(request.user):
        panels.append(learning_home.LearningHomePanel())


class ReportMenuItem(MenuItem):
    """For people who have a course to report on."""

    def is_shown(self, request: HttpRequest) -> bool:
        return report_scope.may_see_reports(request.user)


@hooks.register("register_reports_menu_item")
def courses_report_item() -> Any:
    url = reverse("course_reports:courses")
    return ReportMenuItem(_("Courses"), url, name="courses", icon_name="list-ul")


@hooks.register("register_reports_menu_item")
def students_report_item() -> Any:
    url = reverse("course_reports:students")
    label = _("Progress of students")
    return ReportMenuItem(label, url, name="students", icon_name="group")
