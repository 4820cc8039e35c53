"""The courses a person takes, with what comes next in each."""

import uuid
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import Http404, HttpRequest
from django.utils.timezone import now as current_time
from wagtail.models import Locale

from accounts.models import User
from courses import grants, progress
from courses.access import decide
from courses.catalogue import COVER, lessons_by_course
from courses.drip import rules_of
from courses.facts import Facts, zone_of
from courses.models import (
    AccessGrant,
    Course,
    CourseCompletion,
    CoursePage,
    DripOverride,
    Enrolment,
    ItemProgress,
    LessonPage,
    ModulePage,
)
from courses.places import STEP
from courses.structure import in_order


@dataclass(frozen=True)
class Opening:
    """A lesson that opens at a known moment."""

    course: str
    lesson: str
    at: datetime


@dataclass(frozen=True)
class CourseRow:
    """percent: 0..100. fresh: lessons added after the course was finished.

    minutes_left: of the lessons that are not done. opening: what opens next by date.
    """

    page: CoursePage
    url: str
    percent: int
    lessons: int
    done: int
    following: LessonPage | None
    following_url: str
    last_opened: datetime
    finished: bool
    image_url: str
    minutes_left: int = 0
    fresh: int = 0
    opening: Opening | None = None


def page_of(course: Course) -> CoursePage:
    """The course's live page in the reader's language, else in any. Raises Http404."""
    found = pages_of([course.key])
    if not found:
        raise Http404
    return found[0]


def pages_of(keys: list[uuid.UUID]) -> list[CoursePage]:
    """One live page for each course: the reader's language where there is one."""
    own = Locale.get_active()
    ordered = (
        CoursePage.objects.live()
        .filter(translation_key__in=keys)
        .annotate(
            other=Case(
                When(locale=own, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .select_related("image")
        .prefetch_related("image__renditions")
        .order_by("other", "path")
    )
    chosen: dict[uuid.UUID, CoursePage] = {}
    for page in ordered:
        chosen.setdefault(page.translation_key, page)
    return list(chosen.values())


def rows(user: User, request: HttpRequest) -> list[CourseRow]:
    """The student's courses, the one used last first. Constant number of queries."""
    moment = current_time()
    enrolled = dict(
        Enrolment.objects.active()
        .filter(user=user)
        .values_list("course_id", "started_at")
    )
    pages = pages_of(list(enrolled))
    lessons = lessons_by_course(pages)
    opened = {
        row.item_id: row
        for row in ItemProgress.objects.filter(
            user=user, item__in=[one.key for found in lessons.values() for one in found]
        )
    }
    finished = {
        row.course_id: row
        for row in CourseCompletion.objects.filter(user=user, course__in=enrolled)
    }
    given = Given.to(user, moment)
    modules = modules_by_course(pages)
    found = []
    for page in pages:
        mine = Mine(
            page=page,
            lessons=lessons[page.path],
            modules=modules[page.path],
            rows=opened,
            started=enrolled[page.translation_key],
            completion=finished.get(page.translation_key),
        )
        opening = next_opening(user, mine, mine.facts(given), moment)
        found.append(_row(mine, opening, request))
    return sorted(found, key=lambda row: row.last_opened, reverse=True)


def modules_by_course(pages: list[CoursePage]) -> dict[str, list[ModulePage]]:
    """Published modules by their course's path. One query."""
    found: dict[str, list[ModulePage]] = {page.path: [] for page in pages}
    below = Q(pk__in=[])
    for page in pages:
        below |= Q(path__startswith=page.path)
    for module in ModulePage.objects.live().filter(below).order_by("path"):
        found[module.path[:-STEP]].append(module)
    return found


@dataclass(frozen=True)
class Given:
    """What a person was given, in whatever course."""

    valid: list[AccessGrant]
    overrides: dict[uuid.UUID, datetime]
    zone: tzinfo

    @classmethod
    def to(cls, user: User, moment: datetime) -> "Given":
        """Two queries."""
        moments = DripOverride.objects.filter(user=user)
        return cls(
            grants.valid_grants(user, moment),
            dict(moments.values_list("item_id", "opens_at")),
            zone_of(user),
        )


@dataclass(frozen=True)
class Mine:
    """One person's course: its lessons in order, and their progress by lesson."""

    page: CoursePage
    lessons: list[LessonPage]
    modules: list[ModulePage]
    rows: dict[uuid.UUID, ItemProgress]
    started: datetime
    completion: CourseCompletion | None

    @cached_property
    def opened(self) -> dict[uuid.UUID, ItemProgress]:
        keys = [one.key for one in self.lessons if one.key in self.rows]
        return {key: self.rows[key] for key in keys}

    @cached_property
    def done(self) -> frozenset[uuid.UUID]:
        done = ItemProgress.State.DONE
        return frozenset(key for key, row in self.opened.items() if row.state == done)

    @property
    def fresh(self) -> list[LessonPage]:
        """Lessons that came after the course was finished and are not done."""
        if self.completion is None:
            return []
        since = self.completion.completed_at
        return [
            one
            for one in self.lessons
            if one.key not in self.done and progress.is_fresh(one, since)
        ]

    def facts(self, given: Given) -> Facts:
        """What the access rule needs, from what is known already."""
        key = str(self.page.translation_key)
        return Facts(
            course_key=self.page.translation_key,
            free=self.page.access == CoursePage.Access.FREE,
            course_live=True,
            signed_in=True,
            enrolled_at=self.started,
            grants=tuple(
                one
                for one in given.valid
                if grants.covers(one, course_key=key, tier=self.page.tier)
            ),
            order=in_order(self.lessons) if self.page.sequential else (),
            done=self.done,
            rules=rules_of(self.modules, self.lessons),
            overrides=given.overrides,
            zone=given.zone,
        )


def next_opening(
    user: User, mine: Mine, facts: Facts, moment: datetime
) -> Opening | None:
    """The lesson of the course that opens next at a known moment."""
    waiting = [
        (decision.unlock_at, one)
        for one in mine.lessons
        if one.key not in mine.done
        and (decision := decide(user, one, moment, facts=facts)).unlock_at
    ]
    if not waiting:
        return None
    at, lesson = min(waiting, key=lambda pair: pair[0])
    return Opening(mine.page.title, lesson.title, at)


def _row(mine: Mine, opening: Opening | None, request: HttpRequest) -> CourseRow:
    page, lessons = mine.page, mine.lessons
    url = page.get_url(request) or ""
    following = progress.first_open(lessons, mine.opened)
    suffix = following.url_path[len(page.url_path) :] if following else ""
    finished = mine.completion is not None
    return CourseRow(
        page=page,
        url=url,
        percent=100 if finished else progress.share(lessons, mine.done),
        lessons=len(lessons),
        done=len(mine.done),
        following=following,
        following_url=url + suffix,
        last_opened=max(
            [mine.started, *(row.last_opened for row in mine.opened.values())]
        ),
        finished=finished,
        image_url=page.image.get_rendition(COVER).url if page.image else "",
        minutes_left=sum(one.minutes for one in lessons if one.key not in mine.done),
        fresh=len(mine.fresh),
        opening=opening,
    )
