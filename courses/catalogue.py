"""The catalogue: cards of the courses, filtered by what visitors ask for."""

import uuid
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from accounts.models import User
from courses import admission, levels, progress
from courses.catalogue_filters import FilterForm, Found, language_name
from courses.durations import duration
from courses.models import (
    CourseCompletion,
    CourseIndexPage,
    CoursePage,
    Enrolment,
    ItemProgress,
    LessonPage,
    Topic,
)
from courses.places import available
from website import version

COVER = "fill-640x360"
PER_PAGE = 24


def listing(index: CourseIndexPage, request: HttpRequest) -> dict[str, Any]:
    """form, cards, page and filtered for the template. Constant number of queries."""
    form = filter_form(index, request)
    shown = form.shown_indexes()
    courses = list(form.narrow(courses_below(shown)))
    courses.sort(key=lambda one: shown.index(_index_of(one, shown)))
    lessons = lessons_by_course(courses)
    found = form.arrange(Found(one, minutes(one, lessons[one.path])) for one in courses)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    done = percents(request.user, [row.course for row in page], lessons)
    return {
        "form": form,
        "filtered": bool(request.GET.keys() & form.fields.keys() - {"sort"}),
        "page_of_courses": page,
        "other_parameters": other_parameters(request),
        "total": len(found),
        "cards": [
            {
                **card(row.course, lessons=lessons[row.course.path]),
                "percent": done.get(row.course.translation_key),
                "language": _language(row.course, index),
            }
            for row in page
        ],
    }


def filter_form(index: CourseIndexPage, request: HttpRequest) -> FilterForm:
    """The filters with what the URL says. No query while nothing public changed."""
    return FilterForm(
        request.GET or None,
        index=index,
        indexes=list(_indexes(version.current())),
        topics=list(_topics(version.current(), index.locale_id)),
        levels=levels.published(index.locale_id),
    )


@lru_cache(maxsize=4)
def _indexes(_version: str) -> tuple[CourseIndexPage, ...]:
    return tuple(CourseIndexPage.objects.live().select_related("locale"))


@lru_cache(maxsize=16)
def _topics(_version: str, locale_id: int) -> tuple[Topic, ...]:
    return tuple(Topic.objects.filter(locale=locale_id, live=True))


def other_parameters(request: HttpRequest) -> str:
    """The filters that are set, for links to other pages of the list."""
    given = request.GET.copy()
    given.pop("page", None)
    return urlencode([(name, value) for name, value in given.items() if value])


def _language(course: CoursePage, index: CourseIndexPage) -> str:
    """The name of a language that is not the page's own; otherwise empty."""
    if course.locale_id == index.locale_id:
        return ""
    return language_name(course.locale.language_code)


def _index_of(course: CoursePage, shown: list[CourseIndexPage]) -> CourseIndexPage:
    return next(one for one in shown if course.path.startswith(one.path))


def courses_below(indexes: list[CourseIndexPage]) -> Any:
    """A queryset of the live courses but the retired ones, with what their cards need, in
    tree order."""
    below = Q(pk__in=[])
    for index in indexes:
        below |= Q(path__startswith=index.path)
    return (
        admission.listed(CoursePage.objects.live())
        .filter(below)
        .select_related("image", "topic", "locale")
        .prefetch_related("image__renditions")
        .order_by("path")
    )


def minutes(course: CoursePage, lessons: list[LessonPage]) -> int:
    return course.minutes or sum(row.minutes for row in lessons)


def card(
    course: CoursePage, *, lessons: list[LessonPage] | None = None
) -> dict[str, Any]:
    """The variables of components/course_card.html; one query when lessons are missing.

    Says that the course is closed when the page comes from courses.admission.listed.
    """
    rows = list(available([course])) if lessons is None else lessons
    return {
        "title": course.title,
        "url": course.url,
        "summary": course.summary,
        "level": levels.name_of(course.level, course.locale_id),
        "image_url": course.image.get_rendition(COVER).url if course.image else "",
        "lessons": len(rows),
        "duration": duration(minutes(course, rows)),
        **_way_in(course),
    }


def _way_in(course: CoursePage) -> dict[str, str]:
    if getattr(course, "closed", False):
        label = str(admission.State.CLOSED.label)
        return {"access": label, "access_tone": "warn", "access_icon": "lock"}
    free = course.access == CoursePage.Access.FREE
    return {
        "access": course.get_access_display(),
        "access_tone": "gain" if free else "brand",
        "access_icon": "unlock" if free else "lock",
    }


def cards(pages: list[CoursePage]) -> list[dict[str, Any] | None]:
    """The cards of these published courses, None for a retired one. Three queries."""
    keys = [page.pk for page in pages]
    listed = admission.listed(CoursePage.objects.filter(pk__in=keys))
    shown = listed.select_related("image", "locale").in_bulk()
    lessons = lessons_by_course(list(shown.values()))
    return [
        card(shown[key], lessons=lessons[shown[key].path]) if key in shown else None
        for key in keys
    ]


def lessons_by_course(courses: list[CoursePage]) -> dict[str, list[LessonPage]]:
    """Available lessons by their course's path. One query."""
    found: dict[str, list[LessonPage]] = {course.path: [] for course in courses}
    if courses:
        length = len(courses[0].path)
        for lesson in available(courses):
            found[lesson.path[:length]].append(lesson)
    return found


def percents(
    user: Any, courses: list[CoursePage], lessons: dict[str, list[LessonPage]]
) -> dict[uuid.UUID, int]:
    """Percent done by course key, for the courses this person takes. Two queries."""
    if not isinstance(user, User):
        return {}
    keys = [course.translation_key for course in courses]
    finished = CourseCompletion.objects.filter(
        user=user, course=OuterRef("course")
    ).values("pk")
    enrolled = dict(
        Enrolment.objects.active()
        .filter(user=user, course__in=keys)
        .values_list("course_id", Exists(finished))
    )
    mine = [course for course in courses if course.translation_key in enrolled]
    found = progress.states(
        user, [row.key for course in mine for row in lessons[course.path]]
    )
    done = {key for key, state in found.items() if state == ItemProgress.State.DONE}
    return {
        course.translation_key: 100
        if enrolled[course.translation_key]
        else progress.share(lessons[course.path], done)
        for course in mine
    }
