"""Keeps Course and Item rows in step with the page tree; records never follow a page.

Each function recomputes rows from the tree as it is now, so the order and number of
calls do not matter. Nothing here deletes a row.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model
from django.utils.text import slugify
from django.utils.timezone import now
from wagtail.models import Page

from courses import places, quiz_versions
from courses.models import Course, CoursePage, Item, LessonPage, ModulePage


def code_for(title: str, key: uuid.UUID) -> str:
    """A free code made from the title."""
    code = slugify(title)[:60] or "course"
    taken = Course.objects.filter(code=code).exclude(key=key).exists()
    return f"{code}-{key.hex[:8]}" if taken else code


@transaction.atomic
def sync_course(page: CoursePage) -> Course:
    """Upsert the course's row and those of all its lessons."""
    course = _sync_row(page)
    sync_lessons(_lessons_below(page))
    return course


def _sync_row(page: CoursePage) -> Course:
    key = page.translation_key
    shown = (
        CoursePage.objects.filter(translation_key=key, live=True)
        .order_by("path")
        .first()
    )
    course = Course.objects.filter(key=key).first()
    if course is None:
        course = Course(key=key, code=code_for(page.slug, key), title=page.title)
    if shown:
        course.title = shown.title
        if course.state in (Course.State.DRAFT, Course.State.RETIRED):
            course.state = course.chosen_state or Course.State.OPEN
    elif course.state != Course.State.DRAFT:
        course.state = Course.State.RETIRED
    course.save()
    return course


@transaction.atomic
def sync_lessons(lessons: Iterable[LessonPage]) -> None:
    """Upsert or retire the rows of these lessons; number their courses anew.

    The number of statements does not depend on the number of lessons, quizzes apart.
    """
    sync_keys({lesson.key for lesson in lessons})


def sync_keys(keys: set[uuid.UUID]) -> None:
    _sync_items(keys)
    for key in Course.objects.filter(items__in=keys).distinct().values_list("key"):
        renumber(key[0])


def sync_item(key: uuid.UUID) -> Item | None:
    """Upsert the lesson's row from a page that shows it; retire it when none does.

    None for a lesson that was never published. An alias shows a lesson of another place:
    the row stays in the course of the original.
    """
    if _sync_items({key}):
        renumber(Item.objects.values_list("course_id", flat=True).get(key=key))
    return Item.objects.filter(key=key).first()


def _sync_items(keys: set[uuid.UUID]) -> list[Item]:
    """Bring these rows up to date, all but their position; the new ones."""
    shown, above = _shown(keys)
    Item.objects.filter(key__in=keys - set(shown), retired_at=None).update(
        retired_at=now()
    )
    known = Item.objects.in_bulk(list(shown))
    new, changed = [], []
    for key, (page, home) in shown.items():
        module, course = home[: -places.STEP], home[: -2 * places.STEP]
        values: dict[str, Any] = {
            "course_id": above[course].translation_key,
            "module_key": above[module].translation_key,
            "title": page.title,
            "required": page.required,
            "retired_at": None,
        }
        item = known.get(key)
        if item is None:
            new.append(Item(key=key, **values))
        elif any(getattr(item, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(item, name, value)
            changed.append(item)
    _need_courses({item.course_id for item in (*new, *changed)})
    Item.objects.bulk_create(new)
    Item.objects.bulk_update(
        changed, ["course_id", "module_key", "title", "required", "retired_at"]
    )
    known.update({item.key: item for item in new})
    for key, (page, _home) in shown.items():
        quiz_versions.keep(page, known[key])
    return new


def _need_courses(keys: set[uuid.UUID]) -> None:
    known = set(Course.objects.filter(key__in=keys).values_list("key", flat=True))
    for page in CoursePage.objects.filter(translation_key__in=keys - known):
        _sync_row(page)


def _shown(
    keys: set[uuid.UUID],
) -> tuple[dict[uuid.UUID, tuple[LessonPage, str]], dict[str, Page]]:
    """{lesson: (the published page that shows it, path of its original)} and the pages
    above by path. Two queries; lessons without such a page are left out."""
    pages: list[LessonPage] = sorted(
        places.pages_of_all(keys).order_by("path"),
        key=lambda page: bool(page.alias_of_id),
    )
    prefixes = {
        page.path[:end]
        for page in pages
        for end in range(2 * places.STEP, len(page.path), places.STEP)
    }
    above = {page.path: page for page in Page.objects.filter(path__in=prefixes)}
    shown: dict[uuid.UUID, tuple[LessonPage, str]] = {}
    originals: dict[uuid.UUID, str] = {}
    for page in pages:
        if not page.alias_of_id:
            originals.setdefault(page.key, page.path)
        steps = range(2 * places.STEP, len(page.path), places.STEP)
        if page.live and all(above[page.path[:end]].live for end in steps):
            home = originals[page.key] if page.alias_of_id else page.path
            shown.setdefault(page.key, (page, home))
    return shown, above


def renumber(key: uuid.UUID) -> None:
    """Give the course's lessons their places: module × 1000 + lesson, drafts counted.

    The language whose page shows the lesson decides. Three queries a language, and one
    more when something moved. Retired lessons keep their number.
    """
    shown: dict[uuid.UUID, int] = {}
    hidden: dict[uuid.UUID, int] = {}
    for course in CoursePage.objects.filter(translation_key=key).order_by("path"):
        for lesson_key, number, live in _numbers(course):
            (shown if live else hidden).setdefault(lesson_key, number)
    numbers = hidden | shown
    wrong = []
    for item in Item.objects.filter(course=key, retired_at__isnull=True):
        if item.position != numbers.get(item.key, item.position):
            item.position = numbers[item.key]
            wrong.append(item)
    Item.objects.bulk_update(wrong, ["position"])


def _numbers(course: CoursePage) -> Iterator[tuple[uuid.UUID, int, bool]]:
    """(key, place, whether students see it) of the originals in one language."""
    modules = ModulePage.objects.child_of(course).order_by("path")
    found = modules.values_list("path", "live")
    above = {path: (n, live) for n, (path, live) in enumerate(found, start=1)}
    lessons = LessonPage.objects.descendant_of(course).order_by("path")
    counts: Counter[str] = Counter()
    for key, path, live in lessons.values_list("translation_key", "path", "live"):
        module = path[: -places.STEP]
        counts[module] += 1
        number, open_ = above.get(module, (0, False))
        yield key, number * 1000 + counts[module], live and open_ and course.live


def item_of(lesson: LessonPage) -> Item:
    """The lesson's row, made when missing. Raises Item.DoesNotExist for a draft."""
    item = Item.objects.filter(key=lesson.key).first() or sync_item(lesson.key)
    if item is None:
        raise Item.DoesNotExist(str(lesson.key))
    return item


def sync_below(page: Page) -> None:
    """Recompute everything a change of this page (of any type) can touch."""
    specific = page.specific
    if isinstance(specific, CoursePage):
        sync_course(specific)
    elif isinstance(specific, LessonPage | ModulePage):
        sync_lessons(_lessons_below(page))
    else:
        for course in CoursePage.objects.filter(path__startswith=page.path):
            sync_course(course)


def _lessons_below(page: Page) -> Any:
    return LessonPage.objects.filter(path__startswith=page.path).select_related(
        "alias_of"
    )


@transaction.atomic
def moved(page: Page, before: uuid.UUID | None, after: uuid.UUID | None) -> None:
    """After a move between these courses (None: outside any).

    A lesson belongs to its course: in another one it is another lesson, so what was done
    in the first does not count in the second, and counts again when the page comes back.
    """
    if before and after and before != after:
        for lesson in _lessons_below(page).filter(alias_of__isnull=True):
            _new_identity(lesson, before, after)
    sync_below(page)
    for key in {key for key in (before, after) if key}:
        renumber(key)


def _new_identity(lesson: LessonPage, before: uuid.UUID, after: uuid.UUID) -> None:
    """The key follows from the old one and the course, so coming back finds the old row."""
    old = lesson.translation_key
    known = Item.objects.filter(course=after, retired_at__isnull=False)
    back = (key for key in known.values_list("key", flat=True))
    new = next(
        (key for key in back if uuid.uuid5(key, str(before)) == old),
        uuid.uuid5(old, str(after)),
    )
    if Page.objects.filter(translation_key=new, locale=lesson.locale).exists():
        new = uuid.uuid4()
    Page.objects.filter(pk=lesson.pk).update(translation_key=new)
    sync_item(old)


def vanished(page: Page, key: uuid.UUID) -> None:
    """After a page is gone, by whatever way: its rows retire unless another shows them."""
    if isinstance(page, CoursePage):
        other = CoursePage.objects.filter(translation_key=key).first()
        if other is not None:
            sync_course(other)
        else:
            Course.objects.filter(key=key).update(state=Course.State.RETIRED)
        return
    if isinstance(page, LessonPage):
        sync_item(key)
    course = course_above(page)
    if course:
        renumber(course)


def course_above(page: Page) -> uuid.UUID | None:
    """Key of the course this page is or lies in; None outside courses."""
    keys = CoursePage.objects.ancestor_of(page, inclusive=True)
    found: uuid.UUID | None = keys.values_list("translation_key", flat=True).first()
    return found


def has_records(page: Page) -> bool:
    """Whether somebody's learning is attached to this page or to one below it."""
    keys = keys_below(page)
    return any(
        model._default_manager.filter(**{f"{field}__in": keys}).exists()
        for model, field in records()
    )


def count_records(page: Page) -> list[tuple[str, int]]:
    """(kind in the reader's language, number) of what is attached here; none of zero."""
    keys = keys_below(page)
    counts = [
        (
            str(model._meta.verbose_name_plural),
            model._default_manager.filter(**{f"{field}__in": keys}).count(),
        )
        for model, field in records()
    ]
    return sorted((kind, number) for kind, number in counts if number)


def keys_below(page: Page) -> set[uuid.UUID]:
    """Keys of courses and lessons this page and those below it show."""
    below = Page.objects.filter(path__startswith=page.path)
    keys = set(below.values_list("translation_key", flat=True))
    sources = below.filter(alias_of__isnull=False)
    keys.update(sources.values_list("alias_of__translation_key", flat=True))
    return keys


def records() -> Iterator[tuple[type[Model], str]]:
    """(model, name of its key to Course or Item) of everything kept about a person.

    Found by their foreign keys, so that a new kind of record is guarded from its first row.
    """
    person = get_user_model()
    for relation in (*Course._meta.related_objects, *Item._meta.related_objects):
        model = relation.related_model
        if any(field.related_model is person for field in model._meta.fields):
            yield model, relation.field.name
