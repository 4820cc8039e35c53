"""What the access rule needs to know of one person and one course, read once."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now as current_time
from wagtail.permissions import page_permission_policy

from accounts.models import User
from courses import grants, places
from courses.models import AccessGrant, CoursePage, Enrolment, ItemProgress, LessonPage

Person = User | AnonymousUser


@dataclass(frozen=True)
class Facts:
    """One person in front of one course, at one moment.

    grants: those valid now that open this course. required: keys of the required lessons
    in order, empty unless the course asks for order. done: keys of finished lessons.
    """

    course_key: uuid.UUID
    free: bool
    course_live: bool
    signed_in: bool
    may_edit: bool = False
    enrolled_at: datetime | None = None
    grants: tuple[AccessGrant, ...] = ()
    required: tuple[uuid.UUID, ...] = ()
    done: frozenset[uuid.UUID] = frozenset()


def gather(
    user: Person,
    course: CoursePage,
    now: datetime | None = None,
    *,
    course_live: bool = True,
    lessons: Iterable[LessonPage] | None = None,
    done: frozenset[uuid.UUID] | None = None,
) -> Facts:
    """Read the facts: no query for a visitor, at most 3 for a person who learns.

    lessons, done: given by callers that read them already (see places.available);
    needed only for courses in order, 2 more queries when missing.
    """
    base = {
        "course_key": course.translation_key,
        "free": course.access == CoursePage.Access.FREE,
        "course_live": course_live,
    }
    if not isinstance(user, User):
        return Facts(**base, signed_in=False)
    personal: dict[str, Any] = {
        "may_edit": may_edit(user, course),
        "enrolled_at": Enrolment.objects.active()
        .filter(user=user, course=course.translation_key)
        .values_list("started_at", flat=True)
        .first(),
        "grants": tuple(
            found
            for found in grants.valid_grants(user, now or current_time())
            if grants.covers(
                found, course_key=str(course.translation_key), tier=course.tier
            )
        ),
    }
    if course.sequential:
        rows = places.available([course]) if lessons is None else lessons
        personal["required"] = tuple(row.key for row in rows if row.required)
        personal["done"] = done_keys(user, course) if done is None else done
    return Facts(**base, signed_in=True, **personal)


def done_keys(user: User, course: CoursePage) -> frozenset[uuid.UUID]:
    return frozenset(
        ItemProgress.objects.filter(
            user=user,
            item__course=course.translation_key,
            state=ItemProgress.State.DONE,
        ).values_list("item_id", flat=True)
    )


def may_edit(user: User, page: Any) -> bool:
    """Whether this person writes or publishes here. One query for most people."""
    actions = {"change", "publish"}
    return bool(
        page_permission_policy.user_has_any_permission_for_instance(user, actions, page)
    )
