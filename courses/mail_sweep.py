"""Mails that time causes: lessons that opened, students who stopped, access that ended.

Run every hour; running again, or after days without a run, sends nothing twice. Whether
a lesson is open is asked of courses.access only.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.timezone import now as current_time

from accounts.mail import zone_of
from accounts.models import MailPreference, User
from courses import facts as facts_module
from courses import grants, mails, my_courses, places
from courses.access import Reason, decide, decide_course
from courses.models import (
    AccessGrant,
    CourseCompletion,
    CoursePage,
    Enrolment,
    ItemProgress,
    LessonPage,
)
from outbox.models import Message

NEWS = timedelta(days=3)  # what happened longer ago is no news
FIRST, SECOND = timedelta(days=14), timedelta(days=30)
TOO_LATE = timedelta(days=37)
# access from payments has mails of its own
TOLD_HERE = (
    AccessGrant.SourceKind.STAFF,
    AccessGrant.SourceKind.GIFT,
    AccessGrant.SourceKind.IMPORT,
)


def run(now: datetime | None = None) -> int:
    """Queue every mail that is due; how many were queued."""
    moment = now or current_time()
    return sum(
        [
            *(_unlocked_for(user, moment) for user in _students(mails.UNLOCKED)),
            *(_remind(user, moment) for user in _opted_in(mails.REMINDER)),
            *(_ended(found, moment) for found in _lately_ended(moment)),
        ]
    )


def _students(kind: str) -> QuerySet[User]:
    """People who take a course and did not switch this kind off."""
    silent = MailPreference.objects.filter(kind=kind, wanted=False).values("user")
    taking = Enrolment.objects.active().values("user")
    return User.objects.filter(pk__in=taking, is_active=True).exclude(pk__in=silent)


def _opted_in(kind: str) -> QuerySet[User]:
    wanting = MailPreference.objects.filter(kind=kind, wanted=True).values("user")
    return User.objects.filter(pk__in=wanting, is_active=True)


@transaction.atomic
def _unlocked_for(user: User, now: datetime) -> int:
    """At most one mail per person and day, with all lessons nobody told them of yet."""
    opened = list(_newly_open(user, now))
    if not opened:
        return 0
    told = _told(user, now)
    fresh = [key for key in opened if key not in told]
    day = now.astimezone(zone_of(user)).date()
    return mails.unlocked(user, fresh, day) if fresh else 0


def _newly_open(user: User, now: datetime) -> Iterator[str]:
    """Keys of lessons whose day came within NEWS, open now and not looked at yet."""
    courses = Enrolment.objects.active().filter(user=user).values_list("course_id")
    pages = my_courses.pages_of([key for (key,) in courses])
    for page in pages:
        facts = facts_module.gather(user, page, now)
        lessons = [
            lesson
            for lesson in places.available([page])
            if _opened_by_time(user, lesson, now, facts)
        ]
        seen = set(
            ItemProgress.objects.filter(
                user=user, item__in=[one.key for one in lessons]
            ).values_list("item_id", flat=True)
            if lessons
            else []
        )
        yield from (str(one.key) for one in lessons if one.key not in seen)


def _opened_by_time(
    user: User, lesson: LessonPage, now: datetime, facts: facts_module.Facts
) -> bool:
    before = decide(user, lesson, now - NEWS, facts=facts)
    return (
        before.reason == Reason.NOT_YET
        and before.unlock_at is not None
        and before.unlock_at <= now
        and decide(user, lesson, now, facts=facts).allowed
    )


def _told(user: User, now: datetime) -> set[str]:
    """Lessons that mails of the last days named."""
    lately = Message.objects.filter(
        key__startswith=f"course:unlocked:{user.pk}:", created_at__gt=now - 2 * NEWS
    )
    return {key for one in lately for key in one.payload["lessons"]}


@transaction.atomic
def _remind(user: User, now: datetime) -> int:
    """One reminder after 14 days without a lesson, one after 30, then never again."""
    course, last = _left_off(user)
    if course is None or last is None or not FIRST <= now - last < TOO_LATE:
        return 0
    page = next(iter(my_courses.pages_of([course.course_id])), None)
    if page is None or not _may_go_on(user, page, now):
        return 0
    days = SECOND.days if now - last >= SECOND else FIRST.days
    return mails.reminder(course, days)


def _left_off(user: User) -> tuple[Enrolment | None, datetime | None]:
    """The unfinished course used last, and when the person last learned anything."""
    finished = CourseCompletion.objects.filter(user=user).values("course")
    places_held = Enrolment.objects.active().filter(user=user)
    used: dict[Any, datetime] = dict(
        ItemProgress.objects.filter(user=user)
        .values_list("item__course")
        .annotate(last=Max("last_opened"))
    )
    begun = {one: used.get(one.course_id, one.started_at) for one in places_held}
    last = max([*used.values(), *(one.started_at for one in begun)], default=None)
    unfinished = list(places_held.exclude(course__in=finished))
    course = max(unfinished, key=lambda one: begun[one], default=None)
    return course, last


def _may_go_on(user: User, page: CoursePage, now: datetime) -> bool:
    return decide_course(facts_module.gather(user, page, now)).allowed


def _lately_ended(now: datetime) -> QuerySet[AccessGrant]:
    lately = {"gt": now - NEWS, "lte": now}
    found = AccessGrant.objects.filter(source_kind__in=TOLD_HERE, user__is_active=True)
    expired = {f"valid_until__{name}": value for name, value in lately.items()}
    revoked = {f"revoked_at__{name}": value for name, value in lately.items()}
    return found.filter(**expired) | found.filter(**revoked)


@transaction.atomic
def _ended(found: AccessGrant, now: datetime) -> int:
    """Only when nothing else opens the same to this person."""
    for other in grants.valid_grants(found.user, now):
        if other.scope in (AccessGrant.Scope.ALL, found.scope) and (
            other.scope == AccessGrant.Scope.ALL or other.scope_ref == found.scope_ref
        ):
            return 0
    ends = [one for one in (found.valid_until, found.revoked_at) if one]
    return mails.access_ended(found, min(ends))
