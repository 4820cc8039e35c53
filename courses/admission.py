"""Whether a course takes new people, for every place that shows courses.

A closed course stays in the lists and says that nobody can join it now. A retired one is
in no list and no search, and only those inside go on finding it. Inside are those who
have a place in it, and those whose access is to this very course; a plan that opens many
courses does not open these (courses.access weighs it).
"""

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course, CoursePage, Enrolment

State = Course.State
SHUT = frozenset({State.CLOSED.value, State.RETIRED.value})  # for new people


def state_of(page: CoursePage) -> State:
    """One query. A course that was never published has no record yet: it is open."""
    rows = Course.objects.filter(key=page.translation_key)
    found = rows.values_list("state", flat=True).first()
    return State(found) if found else State.OPEN


def sentence(state: str) -> str:
    """Why nobody can join, in the reader's language; "" while it is open."""
    return {
        State.CLOSED.value: _("This course takes no new students at the moment."),
        State.RETIRED.value: _("This course is retired: it takes no new students."),
    }.get(state, "")


def listed(pages: Any) -> Any:
    """Leave retired courses out of a queryset of course pages; each gets `closed`."""
    closed = _records(State.CLOSED).filter(key=OuterRef("translation_key"))
    retired = _records(State.RETIRED).filter(key=OuterRef("translation_key"))
    return pages.exclude(Exists(retired)).annotate(closed=Exists(closed))


def joinable(pages: Any) -> Any:
    """Only the courses that take new people."""
    shut = _records(*SHUT)
    return pages.exclude(Exists(shut.filter(key=OuterRef("translation_key"))))


def shut(user: User | None) -> frozenset[uuid.UUID]:
    """Keys of the courses that do not take this person, or a visitor: closed or retired, and
    they are not inside. One query."""
    rows = _records(*SHUT)
    if user is not None:
        mine = Enrolment.objects.active().filter(user=user)
        rows = rows.exclude(key__in=mine.values("course"))
    return frozenset(rows.values_list("key", flat=True))


def findable(user: Any) -> Any:
    """The live course pages this person may come upon: a retired one only from inside."""
    retired = _records(State.RETIRED).filter(key=OuterRef("translation_key"))
    known = ~Q(Exists(retired))
    if isinstance(user, User):
        mine = Enrolment.objects.active().filter(user=user)
        known |= Q(translation_key__in=mine.values("course"))
    return CoursePage.objects.live().filter(known)


def _records(*states: str) -> Any:
    return Course.objects.filter(state__in=states)
