"""Search inside lessons: their text, and what is said in their videos, to the second.

Words are kept when a lesson is published and go when it is not. What is found is shown
only of lessons that courses.access.decide opens to the person who asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import transaction
from django.db.models import F, Max, Value
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.text import Truncator
from wagtail.models import Locale

from courses import admission, captions, facts, places
from courses.access import decide
from courses.models import CoursePage, LessonPage, LessonText

CONFIGS = {"es": "ami_es", "en": "ami_en"}
MOST_LESSONS = 50  # candidates that are weighed
MOST_LINES = 4  # shown of one lesson
SHOWN = 10
WRITTEN = {
    "heading": ("text",), "callout": ("title", "text"), "code": ("code", "caption"),
    "video": ("title", "transcript"), "audio": ("title", "transcript"),
    "download": ("title", "text"), "image": ("caption",), "embed": ("title", "caption"),
    "formula": ("caption",),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A place in a lesson. clock: "1:23" for what is said, "" for text."""

    url: str
    text: str
    clock: str


@dataclass(frozen=True)
class Hit:
    title: str
    course: str
    lines: list[Line]


@transaction.atomic
def keep(lesson: LessonPage) -> None:
    """Replace the words of this lesson in its language by those of the page."""
    if lesson.alias_of_id:
        return
    forget(lesson)
    language = lesson.locale.language_code
    config = Value(CONFIGS.get(language, "simple"))
    LessonText.objects.bulk_create(
        LessonText(
            item=lesson.key,
            language=language,
            block_id=block_id,
            second=second,
            text=text,
            words=SearchVector(Value(text), config=config),
        )
        for block_id, second, text in _texts(lesson)
    )


def forget(lesson: LessonPage) -> None:
    """An alias that goes takes nothing away: its original has the same words."""
    if lesson.alias_of_id:
        return
    LessonText.objects.filter(
        item=lesson.key, language=lesson.locale.language_code
    ).delete()


def _texts(lesson: LessonPage) -> Iterator[tuple[str, int | None, str]]:
    """(block id, second, plain text); a quiz gives nothing away."""
    for child in lesson.body:
        text = " ".join(" ".join(_words(child)).split())
        if text:
            yield str(child.id), None, text
        if child.block_type in ("video", "audio"):
            for cue in captions.lines(child.value["captions"]):
                yield str(child.id), cue.second, cue.text


def _words(child: Any) -> Iterator[str]:
    value = child.value
    if child.block_type == "text":
        yield _plain(value)
    elif child.block_type == "accordion":
        for part in value["parts"]:
            yield from (part["title"], _plain(part["text"]))
    elif child.block_type == "table":
        for row in value.get("data") or []:
            yield from (str(cell) for cell in row if cell)
    for name in WRITTEN.get(child.block_type, ()):
        yield _plain(value.get(name) or "")


def _plain(value: Any) -> str:
    html = getattr(value, "source", value)
    return strip_tags(str(html).replace("<", " <"))


def find(request: HttpRequest, query: str, language: str) -> list[Hit]:
    """Lessons that hold the words and that this person may read, best first.

    Five statements and those of the facts of each course among the candidates.
    """
    asked = SearchQuery(
        query, config=CONFIGS.get(language, "simple"), search_type="websearch"
    )
    matching = LessonText.objects.filter(language=language, words=asked).annotate(
        rank=SearchRank(F("words"), asked)
    )
    ranked = list(
        matching.values("item").annotate(best=Max("rank")).order_by("-best", "item")
    )[:MOST_LESSONS]
    keys = [row["item"] for row in ranked]
    readable = _readable(request, keys, language) if keys else {}
    shown = [key for key in keys if key in readable][:SHOWN]
    lines: dict[Any, list[LessonText]] = {key: [] for key in shown}
    for row in matching.filter(item__in=shown).order_by("-rank", "second"):
        if len(lines[row.item]) < MOST_LINES:
            lines[row.item].append(row)
    return [_hit(request, *readable[key], lines[key]) for key in shown]


def _readable(
    request: HttpRequest, keys: list[Any], language: str
) -> dict[Any, tuple[LessonPage, CoursePage]]:
    """The lessons among these that decide() opens, with their course."""
    locale = Locale.objects.filter(language_code=language).first()
    courses = {
        course.path: course
        for course in admission.findable(request.user).filter(locale=locale)
    }
    pages = places.available(courses.values()).filter(item_key__in=keys)
    known: dict[str, Any] = {}
    found: dict[Any, tuple[LessonPage, CoursePage]] = {}
    for page in pages:
        path = page.path[: -2 * places.STEP]
        if path not in known:
            known[path] = facts.gather(request.user, courses[path])
        if decide(request.user, page, facts=known[path]).allowed:
            found.setdefault(page.key, (page, courses[path]))
    return found


def _hit(
    request: HttpRequest, page: LessonPage, course: CoursePage, rows: list[LessonText]
) -> Hit:
    url = page.get_url(request) or ""
    return Hit(page.title, course.title, [_line(url, row) for row in rows])


def _line(url: str, row: LessonText) -> Line:
    text = Truncator(row.text).chars(180)
    anchor = f"#block-{row.block_id}"
    if row.second is None:
        return Line(url + anchor, text, "")
    place = f"{url}?t={row.second}&v={row.block_id}{anchor}"
    return Line(place, text, captions.clock(row.second))
