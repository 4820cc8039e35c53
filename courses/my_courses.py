"""The courses a person takes, with what comes next in each."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest
from wagtail.models import Locale

from accounts.models import User
from courses import progress
from courses.catalogue import COVER, lessons_by_course
from courses.models import (
    Course,
    CourseCompletion,
    CoursePage,
    Enrolment,
    ItemProgress,
    LessonPage,
)


@dataclass(frozen=True)
class CourseRow:
    """percent: 0..100. fresh: lessons added after the course was finished."""

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

    @property
    def fresh(self) -> int:
        return self.lessons - self.done if self.finished else 0


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
    finished = set(
        CourseCompletion.objects.filter(user=user, course__in=enrolled).values_list(
            "course_id", flat=True
        )
    )
    found = [
        _row(
            page,
            lessons[page.path],
            opened,
            started=enrolled[page.translation_key],
            finished=page.translation_key in finished,
            request=request,
        )
        for page in pages
    ]
    return sorted(found, key=lambda row: row.last_opened, reverse=True)


def _row(
    page: CoursePage,
    lessons: list[LessonPage],
    opened: dict[uuid.UUID, ItemProgress],
    *,
    started: datetime,
    finished: bool,
    request: HttpRequest,
) -> CourseRow:
    mine = {one.key: opened[one.key] for one in lessons if one.key in opened}
    done = [key for key, row in mine.items() if row.state == ItemProgress.State.DONE]
    url = page.get_url(request) or ""
    following = progress.first_open(lessons, mine)
    suffix = following.url_path[len(page.url_path) :] if following else ""
    return CourseRow(
        page=page,
        url=url,
        percent=100 if finished else progress.share(lessons, done),
        lessons=len(lessons),
        done=len(done),
        following=following,
        following_url=url + suffix,
        last_opened=max([started, *(row.last_opened for row in mine.values())]),
        finished=finished,
        image_url=page.image.get_rendition(COVER).url if page.image else "",
    )
