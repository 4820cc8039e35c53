"""The page of a lesson, rendered once for all its readers (website.shared_page).

Whether somebody may read it was decided before, for this request. It is kept for one
address, look and day, and only as long as courses.ready keeps what the address shows:
until a row of the course or anything public changes.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.timezone import localdate
from django.utils.translation import get_language

from accounts.context import account
from accounts.models import User
from courses import quiz, ready
from courses.lesson_context import bar_context, lesson_context, watched_of
from courses.models import LessonPage
from courses.outline import Outline, outline
from courses.standing import Standing
from courses.structure import Structure
from website import head, shared_page, themes
from website.memory import Memory
from website.shared_page import Own, SharedPage


@dataclass(frozen=True)
class Kept:
    """address, day: what it was made from and when; it holds for nothing else."""

    address: ready.Address
    day: date
    page: SharedPage


_kept: Memory[Kept] = Memory(256)


def answer(
    address: ready.Address, request: HttpRequest, found: Outline
) -> HttpResponse | None:
    """The lesson for this reader; None for who gets a page of their own: the team, and
    somebody with a message or a question in the address."""
    person = found.standing
    if person is None or person.roles or request.user.is_superuser:
        return None
    if request.META.get("QUERY_STRING") or len(get_messages(request)):
        return None
    key = (request.get_host(), request.path, get_language(), *themes.of(request))
    kept, day = _kept.get(key), localdate()
    if kept is None or kept.address is not address or kept.day != day:
        kept = Kept(address, day, _make(address, request, person.structure))
        _kept.put(key, kept)
    reader = _Reader(address.lesson.page, request, found)
    return HttpResponse(kept.page.fill(request, reader.own))


def _make(address: ready.Address, request: HttpRequest, tree: Structure) -> SharedPage:
    page = address.lesson.page
    nobody = shared_page.without_reader(request)
    nobody.wagtail_page = page  # type: ignore[attr-defined]
    head.remember(nobody, address.made)
    found = outline(
        tree.course,
        AnonymousUser(),
        request=nobody,
        found=Standing(tree),
        url=address.course_url,
    )
    reads = replace(found, facts=replace(found.facts, signed_in=True))
    context = lesson_context(page, nobody, reads, user=None)
    return shared_page.make(
        lambda: render_to_string(page.template, context, request=nobody)
    )


class _Share(NamedTuple):
    percent: int


class _When(NamedTuple):
    when: str


class _Row(NamedTuple):
    """Of an outline.LessonRow what its place shows."""

    page: LessonPage
    state: str
    fresh: bool
    decision: _When


class _Reader:
    """What belongs to one reader, by the names the templates give the places."""

    def __init__(
        self, lesson: LessonPage, request: HttpRequest, found: Outline
    ) -> None:
        self._lesson, self._found = lesson, found
        self._account = account(request)
        self._rows = {str(row.key): row for row in found.lessons}
        self._watched = watched_of(found)
        person = request.user if isinstance(request.user, User) else None
        self._quizzes = quiz.views_of(person, lesson)

    def own(self, name: str, key: str) -> Own:
        found: Own = getattr(self, f"own_{name}")(key)
        return found

    def own_account(self, key: str) -> Own:
        known = self._account
        return Own(
            (
                ("account_menu", tuple(known["account_menu"])),
                ("account_name", known["account_name"]),
            )
        )

    def own_banners(self, key: str) -> Own:
        return Own((("banners", tuple(self._account["banners"])),))

    def own_percent(self, key: str) -> Own:
        return Own((("outline", _Share(self._found.percent)),))

    def own_row(self, key: str) -> Own:
        row = self._rows[key]
        when = row.decision.when if row.state == "locked" else ""
        return Own((("row", _Row(row.page, row.state, row.fresh, _When(when))),))

    def own_bar(self, key: str) -> Own:
        context = bar_context(self._lesson, self._found)
        return Own(tuple((name, context[name]) for name in ("is_done", "waits_for")))

    def own_media(self, key: str) -> Own:
        watched = self._watched.get(key)
        return Own((("start", watched.position if watched else 0),))

    own_start = own_media

    def own_share(self, key: str) -> Own:
        watched = self._watched.get(key)
        return Own((("watched", _Share(watched.percent if watched else 0)),))

    def own_quiz(self, key: str) -> Own:
        return Own((("quiz", self._quizzes[key]),), alike=False)
