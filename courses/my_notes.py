"""Everything a student marked, by course and lesson; also as files to take away."""

import csv
import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from courses.catalogue import lessons_by_course
from courses.models import Bookmark, Item, Note
from courses.my_courses import pages_of
from courses.notes import Mark, clock, link

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """A mark with the way back to its place ("" when the lesson has no page now)."""

    mark: Mark
    url: str

    @property
    def where(self) -> str:
        return where(self.mark)

    @property
    def is_note(self) -> bool:
        return isinstance(self.mark, Note)


@dataclass(frozen=True)
class LessonRows:
    title: str
    url: str
    rows: list[Row]


@dataclass(frozen=True)
class CourseRows:
    title: str
    lessons: list[LessonRows] = field(default_factory=list)


def rows(user: User, request: HttpRequest, words: str = "") -> list[CourseRows]:
    """All marks that hold every word, in the order of courses and lessons.

    At most 5 queries. A lesson that is gone keeps the title it had.
    """
    marks = [*_found(Note, user, words), *_found(Bookmark, user, words)]
    titles, urls = _lessons(marks, request)
    marks.sort(key=_place)
    found = []
    for course, of_course in groupby(marks, key=lambda mark: mark.item.course):
        lessons = []
        for item, of_item in groupby(of_course, key=lambda mark: mark.item):
            url = urls.get(item.key, "")
            title = titles.get(item.key, item.title)
            inner = [Row(mark, link(url, mark)) for mark in of_item]
            lessons.append(LessonRows(title, url, inner))
        found.append(CourseRows(titles.get(course.key, course.title), lessons))
    return found


def row_of(mark: Mark, request: HttpRequest) -> Row:
    _titles, urls = _lessons([mark], request)
    return Row(mark, link(urls.get(mark.item_id, ""), mark))


def _found(model: Any, user: User, words: str) -> Iterable[Any]:
    marks = model.objects.filter(user=user).select_related("item__course")
    for word in words.split():
        matching = Q(quote__unaccent__icontains=word)
        matching |= Q(item__title__unaccent__icontains=word)
        if model is Note:
            matching |= Q(text__unaccent__icontains=word)
        marks = marks.filter(matching)
    return list(marks)


def _place(mark: Mark) -> tuple[Any, ...]:
    item: Item = mark.item
    return (item.course.title, str(item.course_id), item.position, str(item.pk)) + (
        mark.created_at,
    )


def _lessons(
    marks: list[Any], request: HttpRequest
) -> tuple[dict[uuid.UUID, str], dict[uuid.UUID, str]]:
    """Titles (of lessons and courses) and addresses in the reader's language, by key."""
    pages = pages_of(list({mark.item.course_id for mark in marks}))
    titles = {page.translation_key: page.title for page in pages}
    urls = {}
    lessons = lessons_by_course(pages)
    for page in pages:
        base = page.get_url(request) or ""
        for lesson in lessons[page.path]:
            titles[lesson.key] = lesson.title
            urls[lesson.key] = base + lesson.url_path[len(page.url_path) :]
    return titles, urls


def where(mark: Mark) -> str:
    """The place in words: "1:23 · What the block says"."""
    parts = [clock(mark.second)] if mark.second is not None else []
    return " · ".join([*parts, *([mark.quote] if mark.quote else [])])


def as_markdown(courses: list[CourseRows], base: str) -> str:
    """base: address of the site, put before each link."""
    lines = [f"# {_('My notes')}"]
    for course in courses:
        lines += ["", f"## {course.title}"]
        for lesson in course.lessons:
            lines += ["", f"### {lesson.title}", ""]
            for row in lesson.rows:
                lines += _markdown(row, base)
    return "\n".join(lines) + "\n"


def _markdown(row: Row, base: str) -> list[str]:
    mark = row.mark
    place = where(mark) or (_("Note") if row.is_note else _("Bookmark"))
    label = place.replace("[", "(").replace("]", ")")
    head = f"[{label}]({base}{row.url})" if row.url else label
    day = date_format(localtime(mark.created_at), "DATE_FORMAT")
    text = mark.text if isinstance(mark, Note) else ""
    return [f"- {head} ({day})", *(f"  {line}".rstrip() for line in text.splitlines())]


def as_csv(courses: list[CourseRows], base: str) -> str:
    """One line a mark. Cells that a spreadsheet would run as a formula are made text."""
    file = io.StringIO()
    write = csv.writer(file)
    write.writerow(
        [_("Course"), _("Lesson"), _("Place"), _("Note"), _("Date"), _("Link")]
    )
    for course in courses:
        for lesson in course.lessons:
            for row in lesson.rows:
                mark = row.mark
                cells = [
                    course.title,
                    lesson.title,
                    where(mark),
                    mark.text if isinstance(mark, Note) else "",
                    localtime(mark.created_at).isoformat(timespec="seconds"),
                    base + row.url if row.url else "",
                ]
                write.writerow([_safe(cell) for cell in cells])
    return file.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
