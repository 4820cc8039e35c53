"""Joining and leaving a course. Neither gives access; neither touches progress."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from audit import trail
from courses import mails
from courses.models import Course, Enrolment

Source = Enrolment.Source


class EnrolmentClosedError(Exception):
    """The course takes no new students."""


@transaction.atomic
def enrol(
    user: User, course: Course, *, source: str = Source.SELF, actor: Any = None
) -> Enrolment:
    """Give the student a place in the course; the existing one when there is one.

    Raises EnrolmentClosedError when the course is not open; not for staff, nor for those
    whom courses.access let in already (source ACCESS).
    """
    existing = Enrolment.objects.active().filter(user=user, course=course).first()
    if existing:
        return existing
    if course.state != Course.State.OPEN and source not in (
        Source.STAFF,
        Source.ACCESS,
    ):
        raise EnrolmentClosedError(course.code)
    enrolment, created = Enrolment.objects.get_or_create(
        user=user, course=course, ended_at=None, defaults={"source": source}
    )
    if created:
        trail.record(
            actor or user,
            "course.enrol",
            f"user:{user.pk}",
            course=course.code,
            source=source,
        )
        mails.enrolled(enrolment)
    return enrolment


@transaction.atomic
def withdraw(user: User, course: Course, *, reason: str, actor: Any = None) -> bool:
    """End the student's place in the course; False when there was none."""
    ended = Enrolment.objects.active().filter(user=user, course=course)
    if not ended.update(ended_at=now(), reason=reason[:200]):
        return False
    trail.record(
        actor or user,
        "course.withdraw",
        f"user:{user.pk}",
        course=course.code,
        reason=reason,
    )
    return True
