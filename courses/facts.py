"""What the access rule needs to know of one person and one course, read once."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from wagtail.permissions import page_permission_policy

from accounts.models import User
from courses import grants, standing, structure
from courses.drip import Rules
from courses.models import AccessGrant, Course, CoursePage, LessonPage
from courses.standing import Standing
from courses.structure import Order

Person = User | AnonymousUser
NO_RULES = Rules()
SCHOOL_ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True)
class Facts:
    """One person in front of one course, at one moment.

    grants: those valid now that open this course. held: every one valid now. order: the
    lessons as they are read, empty unless the course asks for order. done: keys of finished lessons.
    rules: which lessons wait for which. overrides: moments given to this person, by lesson.
    state: of the course, see courses.admission; not asked for a visitor.
    """

    course_key: uuid.UUID
    free: bool
    course_live: bool
    signed_in: bool
    may_edit: bool = False
    enrolled_at: datetime | None = None
    grants: tuple[AccessGrant, ...] = ()
    held: tuple[AccessGrant, ...] = ()
    order: Order = ()
    done: frozenset[uuid.UUID] = frozenset()
    rules: Rules = NO_RULES
    overrides: Mapping[uuid.UUID, datetime] = field(default_factory=dict)
    zone: tzinfo = SCHOOL_ZONE
    state: str = Course.State.OPEN.value


def gather(
    user: Person,
    course: CoursePage,
    now: datetime | None = None,
    *,
    course_live: bool = True,
    lessons: Iterable[LessonPage] | None = None,
    done: frozenset[uuid.UUID] | None = None,
) -> Facts:
    """Read the facts: no query for a visitor, one for a person who learns.

    lessons, done: in place of those the statement finds.
    """
    if not isinstance(user, User):
        return of_visitor(course, course_live=course_live)
    found = standing.read(user, course.path, now, course=course)
    facts = of_person(user, course, found, course_live=course_live)
    if lessons is not None and course.sequential:
        facts = replace(facts, order=structure.in_order(lessons))
    return facts if done is None else replace(facts, done=done)


def around(user: Person, lesson: LessonPage, now: datetime | None = None) -> Facts:
    """The facts for one lesson, whose course is read along. One query.

    Raises CoursePage.DoesNotExist for a lesson outside any course.
    """
    path = structure.course_path_of(lesson)
    if isinstance(user, User):
        return of_lesson(user, lesson, standing.read(user, path, now))
    return of_lesson(user, lesson, standing.of_visitor(path))


def of_lesson(user: Person, lesson: LessonPage, found: Standing) -> Facts:
    """The facts for one lesson of the course that was asked about. No query (see of_person)."""
    tree = found.structure
    live = tree.opens(lesson)
    if isinstance(user, User):
        return of_person(user, tree.course, found, course_live=live)
    return of_visitor(tree.course, course_live=live)


def of_visitor(course: CoursePage, *, course_live: bool) -> Facts:
    return Facts(
        course_key=course.translation_key,
        free=course.access == CoursePage.Access.FREE,
        course_live=course_live,
        signed_in=False,
    )


def of_person(
    user: User, course: CoursePage, found: Standing, *, course_live: bool
) -> Facts:
    """The facts in what one statement found. No query for people without any role.

    course: may be a draft; its own fields count.
    """
    user.has_roles = found.roles
    key = str(course.translation_key)
    return Facts(
        course_key=course.translation_key,
        free=course.access == CoursePage.Access.FREE,
        course_live=course_live,
        signed_in=True,
        may_edit=may_edit(user, course),
        enrolled_at=found.enrolled_at,
        grants=tuple(
            one
            for one in found.grants
            if grants.covers(one, course_key=key, tier=course.tier)
        ),
        held=tuple(found.grants),
        order=found.structure.order if course.sequential else (),
        done=found.done,
        rules=found.structure.rules,
        overrides=found.overrides,
        zone=zone_of(user),
        state=found.state,
    )


def zone_of(user: User) -> tzinfo:
    """The person's time zone; the school's when its name means nothing here."""
    try:
        return ZoneInfo(user.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return SCHOOL_ZONE


def may_edit(user: User, page: Any) -> bool:
    """Whether this person writes or publishes here. No query without any role."""
    if not (user.is_superuser or user.has_roles):
        return False
    actions = {"change", "publish"}
    return bool(
        page_permission_policy.user_has_any_permission_for_instance(user, actions, page)
    )
