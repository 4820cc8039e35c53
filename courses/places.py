"""Where lessons are: the live tree of a course, read in few queries."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, UUIDField
from django.db.models.functions import Coalesce, Left, Length
from wagtail.models import Page

from courses.models import CoursePage, LessonPage, ModulePage

STEP = Page.steplen


@dataclass(frozen=True)
class Place:
    """A lesson's surroundings. live: whether every page above it is published."""

    course: CoursePage
    module: Page
    live: bool


def of(lesson: LessonPage) -> Place:
    """Raises CoursePage.DoesNotExist for a lesson outside any course."""
    above = list(lesson.get_ancestors().filter(depth__gt=1))
    return Place(
        course=CoursePage.objects.get(path=lesson.path[: -2 * STEP]),
        module=above[-1],
        live=all(page.live for page in above),
    )


def available(courses: Iterable[CoursePage]) -> Any:
    """A queryset of the live lessons in live modules of these courses, in reading order, without text.

    Each has `item_key` (see LessonPage.key). Says nothing about the courses' own state.
    """
    below = Q(pk__in=[])
    for course in courses:
        below |= Q(path__startswith=course.path)
    module = ModulePage.objects.filter(path=OuterRef("module_path"), live=True)
    return (
        LessonPage.objects.live()
        .filter(below)
        .alias(module_path=Left("path", Length("path") - STEP))
        .filter(Exists(module))
        .annotate(item_key=item_key())
        .order_by("path")
        .defer("body", "search_description")
    )


def item_key() -> Coalesce:
    return Coalesce(
        F("alias_of__translation_key"), F("translation_key"), output_field=UUIDField()
    )


def pages_of(key: uuid.UUID) -> Any:
    """A queryset of every LessonPage, live or not, that shows the lesson with this key."""
    return LessonPage.objects.filter(
        Q(translation_key=key) | Q(alias_of__translation_key=key)
    )


def pages_of_all(keys: Iterable[uuid.UUID]) -> Any:
    """The same for many lessons, each page with its original."""
    wanted = list(keys)
    return LessonPage.objects.filter(
        Q(translation_key__in=wanted) | Q(alias_of__translation_key__in=wanted)
    ).select_related("alias_of")
