"""Opening, closing and retiring a course by hand, without losing its students.

Closed and retired courses take no new students; those inside go on, and nothing they did
is touched. The choice outlives unpublishing: courses.registry keeps to it. What visitors
see of it: courses.admission.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from audit import trail
from courses.models import (
    AccessGrant,
    Course,
    CourseCompletion,
    CoursePage,
    Enrolment,
    ItemProgress,
)
from website import version

State = Course.State
CHOICES = [
    (State.OPEN.value, State.OPEN.label),
    (State.CLOSED.value, State.CLOSED.label),
    (State.RETIRED.value, State.RETIRED.label),
]


@dataclass(frozen=True)
class Affected:
    """Who is inside a course now. under_way: opened a lesson and did not finish."""

    students: int
    under_way: int
    finished: int
    own_access: int


def affected(course: Course) -> Affected:
    """Four statements."""
    inside = Enrolment.objects.active().filter(course=course)
    finished = CourseCompletion.objects.filter(course=course)
    people = inside.values("user")
    opened = ItemProgress.objects.filter(item__course=course, user__in=people).exclude(
        user__in=finished.values("user")
    )
    own = AccessGrant.objects.valid_at(now()).filter(
        scope=AccessGrant.Scope.COURSE, scope_ref=str(course.pk)
    )
    return Affected(
        students=inside.count(),
        under_way=opened.values("user").distinct().count(),
        finished=finished.filter(user__in=people).count(),
        own_access=own.values("user").distinct().count(),
    )


@transaction.atomic
def choose(key: uuid.UUID, state: str, *, reason: str, actor: Any) -> Course:
    """Set the course's state by hand; audited. Without a published page it stays retired."""
    course = Course.objects.select_for_update().get(pk=key)
    before = course.state
    live = CoursePage.objects.filter(translation_key=key, live=True).exists()
    course.chosen_state = state
    course.state = state if live else State.RETIRED
    course.save(update_fields=["state", "chosen_state"])
    trail.record(
        actor,
        "course.state",
        f"course:{course.code}",
        before=before,
        after=course.state,
        chosen=state,
        reason=reason,
    )
    version.bump()
    return course
