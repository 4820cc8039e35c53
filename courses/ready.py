"""Lessons made ready in this process: the page, its texts and its head, the same for every reader.

A lesson is taken from here only when the statement that says where the person stands also
says that no row of its course changed since; addresses and heads also need the content
version (website.version) they were made with. While the cache is away that version is
always a new one, so every page is made anew.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from courses import facts as facts_module
from courses import standing, structure
from courses.access import Decision, decide
from courses.models import CoursePage, LessonPage
from courses.outline import Outline, outline
from courses.standing import Standing
from courses.structure import Structure
from website import head, version
from website.memory import Memory


@dataclass(frozen=True)
class Lesson:
    """A published lesson with its text, and the fingerprint of its course's rows."""

    page: LessonPage
    course_path: str
    fingerprint: str


@dataclass(frozen=True)
class Address:
    """What one address shows; token: the content version it was made with."""

    lesson: Lesson
    course_url: str
    made: head.Made
    token: str


_lessons: Memory[Lesson] = Memory(512)
_addresses: Memory[Address] = Memory(512)


def readable(user: Any, page_id: int) -> tuple[LessonPage, Decision]:
    """The lesson and the decision about it. One query for a lesson kept here.

    Raises LessonPage.DoesNotExist.
    """
    known = _lessons.get(page_id)
    if known is not None:
        still = _unchanged(user, known)
        if still is not None:
            return known.page, _decision(user, known.page, still)
    page = _page(page_id)
    found = _standing(user, structure.course_path_of(page))
    kept = keep(page, found.structure)
    return (kept.page if kept else page), _decision(user, page, found)


def keep(page: LessonPage, tree: Structure) -> Lesson | None:
    """Keep an available lesson; None for any other.

    It is read again after the fingerprint, so what is kept is never older than that.
    """
    if all(one.pk != page.pk for one in tree.lessons):
        return None
    kept = Lesson(_page(page.pk), tree.course.path, tree.fingerprint)
    _lessons.put(page.pk, kept)
    return kept


def _page(page_id: int) -> LessonPage:
    page: LessonPage = LessonPage.objects.select_related("alias_of", "locale").get(
        pk=page_id
    )
    list(page.body)  # parsed once, files and pictures too, before readers share it
    return page


def keep_address(
    page: LessonPage, request: HttpRequest, found: Outline, token: str
) -> None:
    """Keep what the address shows. token: the content version before the page was made."""
    made = head.made(request)
    lesson = keep(page, found.standing.structure) if found.standing else None
    if lesson and made:
        key = (request.get_host(), request.path)
        _addresses.put(key, Address(lesson, found.url, made, token))


def open_at(request: HttpRequest) -> tuple[Address, Outline] | None:
    """What this address shows and the outline for the person who asks, in one query.

    None when it is not kept, was changed, is closed, or Wagtail restricts who may view it.
    """
    known = _addresses.get((request.get_host(), request.path))
    if known is None or known.token != version.current():
        return None
    page = known.lesson.page
    found = _unchanged(request.user, known.lesson, page.key)
    if found is None:
        return None
    tree = found.structure
    if tree.restricted or not tree.opens(page):
        return None
    head.remember(request, known.made)
    return known, outline(
        tree.course, request.user, request=request, found=found, url=known.course_url
    )


def answer(request: HttpRequest, path: str) -> HttpResponse | None:
    """The lesson a person asks for, without a walk down the page tree; None for the rest."""
    from courses import player

    # without a session nobody is asked for: the visitor's page stays the same for all
    if request.method != "GET" or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    if not isinstance(request.user, User):
        return None
    opened = open_at(request)
    if opened is None:
        return None
    address, found = opened
    page = address.lesson.page
    request.wagtail_page = page  # type: ignore[attr-defined]
    return player.respond(page, request, found, address)


def _unchanged(
    user: Any, known: Lesson, item: uuid.UUID | None = None
) -> Standing | None:
    """Where the person stands; None when a row of the course changed, or it has moved."""
    try:
        found = _standing(user, known.course_path, item)
    except CoursePage.DoesNotExist:
        return None
    return found if found.structure.fingerprint == known.fingerprint else None


def _standing(user: Any, course_path: str, item: uuid.UUID | None = None) -> Standing:
    if isinstance(user, User):
        return standing.read(user, course_path, item=item)
    return standing.of_visitor(course_path)


def _decision(user: Any, page: LessonPage, found: Standing) -> Decision:
    return decide(user, page, facts=facts_module.of_lesson(user, page, found))
