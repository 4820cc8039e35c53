"""Whose learning a person of the staff may look at."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.permissions import page_permission_policy

from accounts.models import User
from courses import staff
from courses.models import Course, CoursePage

WRITES = {"change", "publish"}


def courses_of(user: User) -> QuerySet[Course]:
    """Every course for owners; for others those whose pages they write or publish."""
    if staff.is_owner(user):
        return Course.objects.all()
    pages = page_permission_policy.instances_user_has_any_permission_for(user, WRITES)
    mine = CoursePage.objects.filter(pk__in=pages.values("pk"))
    return Course.objects.filter(key__in=mine.values("translation_key"))


def may_see_reports(user: Any) -> bool:
    """Whether there is any course for this person to report on."""
    if not user.is_active:
        return False
    return staff.is_owner(user) or courses_of(user).exists()


class ReportPermission:
    """For views: owners see everything, writers the courses they write, others nothing."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not may_see_reports(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
