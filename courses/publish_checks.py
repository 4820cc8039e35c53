"""What is wrong with a course, module or lesson before students see it.

A blocker refuses publishing in the administration; a warning is only shown. The editor
sees both in the side panel, and those of a whole course on one page.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Q
from django.db.models.functions import Cast
from django.utils.timezone import now
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.models import Page, Revision

from accounts.hooks import answers
from courses import drip, places
from courses.hooks import HOOK_ACCESS_DAYS
from courses.models import CoursePage, LessonPage, ModulePage

PAGE_LINK = re.compile(
    r'linktype="page"[^>]*? id="(\d+)"|id="(\d+)"[^>]*? linktype="page"'
)
DOCUMENT_LINK = re.compile(
    r'linktype="document"[^>]*? id="(\d+)"|id="(\d+)"[^>]*? linktype="document"'
)
EMPTY_LINK = re.compile(r"<a(?![^>]*(?:href|linktype))[^>]*>")
FILE_BLOCKS = {"download": "file", "audio": "file"}


@dataclass(frozen=True)
class Finding:
    """text: what is wrong and what to do. block_id: where in the page; "" for the page."""

    blocks: bool
    text: str
    page: Page
    block_id: str = ""


def findings(page: Page) -> list[Finding]:
    """Everything wrong with this page as given (a draft or the live one).

    A fixed number of statements, whatever the number of lessons.
    """
    rule = {CoursePage: _course, ModulePage: _module, LessonPage: _lesson}.get(
        type(page)
    )
    return sorted(rule(page), key=lambda found: not found.blocks) if rule else []


def of_course(course: CoursePage) -> list[Finding]:
    """Those of the course and of every module and lesson in it, in reading order."""
    pages: list[Page] = [course]
    below = Page.objects.descendant_of(course).order_by("path").specific()
    pages += [page.get_latest_revision_as_object() for page in below]
    return [found for page in pages for found in findings(page)]


def blockers(page: Page) -> list[Finding]:
    return [found for found in findings(page) if found.blocks]


def refusal(page: Page, found: list[Finding]) -> str:
    """What the editor is told: that the page stays a draft, and each blocker of found."""
    names = {
        "title": page.title,
        "problems": " ".join(one.text for one in found if one.blocks),
    }
    if page.go_live_at and page.go_live_at > now():
        return _("“%(title)s” was not scheduled. %(problems)s") % names
    return _("“%(title)s” was not published. %(problems)s") % names


def _course(course: CoursePage) -> Iterator[Finding]:
    if course.image and not course.image_alt:
        yield Finding(False, _("The cover has no alternative text."), course)
    if not course.outcomes:
        yield Finding(False, _("Say what students will be able to do."), course)
    yield from _hidden(course)
    if not course.pk:
        return
    lessons = list(LessonPage.objects.descendant_of(course).order_by("path"))
    shown = {lesson.pk for lesson in places.available([course])}
    if not shown:
        yield Finding(False, _("No lesson of this course is published yet."), course)
    for lesson in lessons:
        if lesson.required and lesson.pk not in shown:
            yield Finding(
                False,
                _(
                    "“%(title)s” is required but students cannot see it. Publish it "
                    "with its module, or make it optional."
                )
                % {"title": lesson.title},
                course,
            )
    yield from _after_the_end(course, course)


def _hidden(course: CoursePage) -> Iterator[Finding]:
    """What the course names and its page leaves out."""
    rows = course.instructors.select_related("instructor")
    named: list[Any] = [*(row.instructor for row in rows), course.topic]
    for one in named:
        if one and not one.live:
            text = _("“%(name)s” is a draft, so the site leaves it out.")
            yield Finding(False, text % {"name": one}, course)


def _after_the_end(
    course: CoursePage, page: CoursePage | ModulePage | LessonPage
) -> Iterator[Finding]:
    """Lessons no bought access reaches. page: as being edited; with the lessons it holds."""
    days = access_days(course)
    if not days:
        return
    modules, lessons = [
        [page if one.pk == page.pk else one for one in rows]
        for rows in (
            ModulePage.objects.child_of(course).order_by("path"),
            LessonPage.objects.descendant_of(course)
            .select_related("alias_of")
            .defer("body")
            .order_by("path"),
        )
    ]
    earliest = drip.earliest_days(modules, lessons, in_order=course.sequential)
    for lesson in lessons:
        after = earliest[lesson.key]
        if lesson.path.startswith(page.path) and after >= days:
            text = _(
                "“%(title)s” opens %(after)s days after the start, but access can "
                "be bought for %(days)s days."
            )
            names = {"title": lesson.title, "after": after, "days": days}
            yield Finding(False, text % names, page)


def access_days(course: CoursePage) -> int | None:
    """The shortest access that can be bought to this course, in days; None: no end."""
    return min(answers(HOOK_ACCESS_DAYS, course), default=None)


def _module(module: ModulePage) -> Iterator[Finding]:
    if module.pk and not LessonPage.objects.child_of(module).live().exists():
        yield Finding(False, _("No lesson of this module is published yet."), module)
    course = _course_of(module)
    if course:
        yield from _after_the_end(course, module)


def _lesson(lesson: LessonPage) -> Iterator[Finding]:
    raw = list(lesson.body.get_prep_value())
    yield from _rule(lesson, raw)
    for child in raw:
        for blocks, text in _block(child):
            yield Finding(blocks, text, lesson, child.get("id") or "")
    yield from _links(lesson, raw)
    course = _course_of(lesson)
    if course:
        yield from _after_the_end(course, lesson)


def _course_of(page: ModulePage | LessonPage) -> CoursePage | None:
    depth = 2 if isinstance(page, LessonPage) else 1
    path = page.path[: -depth * places.STEP] if page.path else ""
    found: CoursePage | None = CoursePage.objects.filter(path=path).first()
    return found


def _rule(lesson: LessonPage, raw: list[dict[str, Any]]) -> Iterator[Finding]:
    """The lesson must be possible to finish."""
    kinds = {child["type"] for child in raw}
    asked = lesson.completion.split("+")
    if "quiz" in asked and "quiz" not in kinds:
        text = _("It is done when its quiz is passed, but it has no quiz.")
        yield Finding(True, text, lesson)
    if "video" in asked:
        yield from _played(lesson, raw)
    if not raw:
        yield Finding(False, _("The lesson is empty."), lesson)


def _played(lesson: LessonPage, raw: list[dict[str, Any]]) -> Iterator[Finding]:
    """A share can be checked only of something whose length the school knows."""
    media = [child for child in raw if child["type"] in ("video", "audio")]
    if not media:
        text = _("It is done when its video or audio was played, but it has none.")
        yield Finding(True, text, lesson)
    for child in media:
        if not child["value"].get("length"):
            text = _("Write the length of “%(title)s”: the lesson asks to play it.")
            names = {"title": child["value"]["title"]}
            yield Finding(True, text % names, lesson, child.get("id") or "")


def _block(child: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """(is a blocker, text) for one block."""
    kind, value = child["type"], child["value"]
    if kind == "quiz":
        yield from _quiz(value)
    elif kind == "video":
        yield from _video(value)
    elif kind in FILE_BLOCKS and not value.get(FILE_BLOCKS[kind]):
        text = _("The file of “%(title)s” is missing: it was deleted.")
        yield True, text % {"title": value["title"]}
    for image in _images(value):
        if not image.get("alt_text") and not image.get("decorative"):
            yield False, _("An image has no alternative text.")


def _quiz(value: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    """A quiz without a key cannot be passed by anybody."""
    for question in value["questions"]:
        if not _has_key(question.get("value", question)):
            text = _("Quiz “%(quiz)s”: mark the right answer of “%(question)s”.")
            wanted = question.get("value", question)["text"][:60]
            yield True, text % {"quiz": value["title"], "question": wanted}
    if not value["questions"]:
        text = _("Quiz “%(quiz)s” has no questions.")
        yield True, text % {"quiz": value["title"]}


def _has_key(question: dict[str, Any]) -> bool:
    if question["kind"] == "numeric":
        return question.get("answer") is not None
    if question["kind"] == "short":
        return bool(question.get("accepted"))
    return any(
        option.get("value", option).get("correct") for option in question["options"]
    )


def _video(value: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    names = {"title": value["title"]}
    if not value.get("file") and not value.get("video_id"):
        yield True, _("The video “%(title)s” has nothing to play.") % names
    elif value.get("file") and not value.get("captions"):
        yield False, _("The video “%(title)s” has no captions.") % names
    elif not value.get("transcript") and not value.get("captions"):
        yield False, _("The video “%(title)s” has no transcript.") % names


def _images(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "alt_text" in value and value.get("image"):
            yield value
        for inner in value.values():
            yield from _images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner)


def _links(lesson: LessonPage, raw: list[dict[str, Any]]) -> Iterator[Finding]:
    """Links inside the site that lead nowhere. Two statements."""
    texts = {child.get("id") or "": _plain(child["value"]) for child in raw}
    pages = _missing(texts, PAGE_LINK, _shown_with(lesson))
    documents = _missing(texts, DOCUMENT_LINK, get_document_model().objects.all())
    for block_id in pages:
        text = _("A link leads to a page that is deleted or not published.")
        yield Finding(True, text, lesson, block_id)
    for block_id in documents:
        text = _("A link leads to a document that was deleted.")
        yield Finding(True, text, lesson, block_id)
    for block_id, text in texts.items():
        if EMPTY_LINK.search(text):
            yield Finding(True, _("A link leads nowhere."), lesson, block_id)


def _shown_with(lesson: LessonPage) -> Any:
    """The pages visitors can open, and those planned to open no later than the lesson."""
    if not lesson.go_live_at:
        return Page.objects.live()
    by_then = max(lesson.go_live_at, now())
    return Page.objects.filter(Q(live=True) | Q(pk__in=planned(by_then)))


def planned(by: datetime | None = None) -> Any:
    """Ids of the pages that the clock will publish, by then; as a subquery."""
    when = {"lte": by} if by else {"isnull": False}
    rows = Revision.page_revisions.filter(
        **{f"approved_go_live_at__{name}": value for name, value in when.items()}
    )
    return rows.values_list(Cast("object_id", BigIntegerField()))


def _plain(value: Any) -> str:
    return json.dumps(value, default=str).replace('\\"', '"')


def _missing(texts: dict[str, str], link: re.Pattern[str], there: Any) -> list[str]:
    """Ids of the blocks with a link to a row that is not there."""
    wanted = {
        block_id: {int(one or other) for one, other in link.findall(text)}
        for block_id, text in texts.items()
    }
    ids = set().union(*wanted.values()) if wanted else set()
    found = set(there.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [block_id for block_id, asked in wanted.items() if asked - found]
