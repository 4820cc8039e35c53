"""Keeps Course and Item rows in step with the page tree; records never follow a page.

Each function recomputes rows from the tree as it is now, so the order and number of
calls do not matter. Nothing here deletes a row.
"""

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model, Q
from django.utils.text import slugify
from django.utils.timezone import now
from wagtail.models import Page

from courses import lesson_places, places, quiz_versions
from courses.lesson_places import LessonPlace
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
    sync(_lesson_keys_below(page), {course.key})
    return course


def _sync_row(page: CoursePage) -> Course:
    key = page.translation_key
    shown = (
        CoursePage.objects.filter(translation_key=key, live=True)
        .order_by("path")
        .values_list("title", flat=True)
        .first()
    )
    course = Course.objects.filter(key=key).first()
    known = course and (course.title, course.state)
    if course is None:
        course = Course(key=key, code=code_for(page.slug, key), title=page.title)
    if shown:
        course.title = shown
        if course.state in (Course.State.DRAFT, Course.State.RETIRED):
            course.state = course.chosen_state or Course.State.OPEN
    elif course.state != Course.State.DRAFT:
        course.state = Course.State.RETIRED
    if known != (course.title, course.state):
        course.save()
    return course


def sync(keys: Collection[uuid.UUID], courses: Collection[uuid.UUID] = ()) -> None:
    """Upsert or retire the rows of these lessons; number their courses and these anew.

    Two statements, however many lessons; and those that write what changed, one for each
    lesson with a quiz and one for each quiz. Retired lessons keep their number.
    """
    rows = lesson_places.read(keys, courses)
    items = _items(keys, {row.course for row in rows})
    shown, homes = lesson_places.shown(rows), lesson_places.homes(rows)
    wanted: dict[uuid.UUID, dict[str, Any]] = {
        key: {"position": homes[key].position} for key in items.keys() & homes.keys()
    }
    for key in keys:
        if key in shown:
            wanted[key] = _values(shown[key], homes[key])
        elif key in items:
            wanted[key] = {"retired_at": items[key].retired_at or now()}
    with transaction.atomic(savepoint=False):
        _write(items, wanted)
        _keep_quizzes([shown[key] for key in keys if key in shown and shown[key].quiz])


def _items(
    keys: Collection[uuid.UUID], courses: Collection[uuid.UUID]
) -> dict[uuid.UUID, Item]:
    """Those of these lessons, and those of the courses that are not retired."""
    found = Item.objects.filter(
        Q(key__in=keys) | Q(course__in=courses, retired_at__isnull=True)
    )
    return {item.key: item for item in found.order_by()}


def _values(page: LessonPlace, home: LessonPlace) -> dict[str, Any]:
    """What the row says of a lesson. An alias shows a lesson of another place: the row
    stays in the course of the original."""
    return {
        "course_id": home.course,
        "module_key": home.module,
        "title": page.title,
        "required": page.required,
        "position": home.position,
        "retired_at": None,
    }


def _write(
    items: dict[uuid.UUID, Item], wanted: dict[uuid.UUID, dict[str, Any]]
) -> None:
    new = [Item(key=key, **wanted[key]) for key in wanted if key not in items]
    changed: list[Item] = []
    names: set[str] = set()
    for key, item in items.items():
        different = {
            name: value
            for name, value in wanted.get(key, {}).items()
            if getattr(item, name) != value
        }
        for name, value in different.items():
            setattr(item, name, value)
        if different:
            changed.append(item)
            names |= different.keys()
    _need_courses({item.course_id for item in (*new, *changed)})
    Item.objects.bulk_create(new)
    if changed:
        Item.objects.bulk_update(changed, sorted(names))


def _keep_quizzes(places: list[LessonPlace]) -> None:
    pages = LessonPage.objects.select_related("alias_of", "locale")
    for page in pages.filter(pk__in=[place.page for place in places]):
        quiz_versions.keep(page, page.key)


def _need_courses(keys: set[uuid.UUID]) -> None:
    if keys:
        known = Course.objects.filter(key__in=keys).values_list("key", flat=True)
        for page in CoursePage.objects.filter(translation_key__in=keys - set(known)):
            _sync_row(page)


def item_of(lesson: LessonPage) -> Item:
    """The lesson's row, made when missing. Raises Item.DoesNotExist for a draft."""
    known = Item.objects.filter(key=lesson.key)
    item = known.first()
    if item is None:
        sync({lesson.key})
        item = known.first()
    if item is None:
        raise Item.DoesNotExist(str(lesson.key))
    return item


def sync_below(page: Page) -> None:
    """Recompute everything a change of this page (of any type) can touch."""
    specific = page.specific
    if isinstance(specific, CoursePage):
        sync_course(specific)
    elif isinstance(specific, LessonPage):
        sync({specific.key})
    elif isinstance(specific, ModulePage):
        sync(_lesson_keys_below(page), _course_keys(course_above(page)))
    else:
        for course in CoursePage.objects.filter(path__startswith=page.path):
            sync_course(course)


def _lesson_keys_below(page: Page) -> set[uuid.UUID]:
    below = LessonPage.objects.filter(path__startswith=page.path)
    return set(below.annotate(item=places.item_key()).values_list("item", flat=True))


def _course_keys(*keys: uuid.UUID | None) -> set[uuid.UUID]:
    return {key for key in keys if key}


@transaction.atomic
def moved(page: Page, before: uuid.UUID | None, after: uuid.UUID | None) -> None:
    """After a move between these courses (None: outside any).

    A lesson belongs to its course: in another one it is another lesson, so what was done
    in the first does not count in the second, and counts again when the page comes back.
    """
    left: set[uuid.UUID] = set()
    if before and after and before != after:
        below = LessonPage.objects.filter(path__startswith=page.path)
        for lesson in below.filter(alias_of__isnull=True):
            left.add(lesson.translation_key)
            _new_identity(lesson, before, after)
    if isinstance(page, CoursePage):
        sync_course(page)
    sync(left | _lesson_keys_below(page), _course_keys(before, after))


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


def vanished(page: Page, key: uuid.UUID) -> None:
    """After a page is gone, by whatever way: its rows retire unless another shows them."""
    if isinstance(page, CoursePage):
        other = CoursePage.objects.filter(translation_key=key).first()
        if other is not None:
            sync_course(other)
        else:
            Course.objects.filter(key=key).update(state=Course.State.RETIRED)
        return
    lessons: set[uuid.UUID] = {key} if isinstance(page, LessonPage) else set()
    sync(lessons, _course_keys(course_above(page)))


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
        (model._meta, model._default_manager.filter(**{f"{field}__in": keys}).count())
        for model, field in records()
    ]
    return sorted(
        (str(meta.verbose_name if number == 1 else meta.verbose_name_plural), number)
        for meta, number in counts
        if number
    )


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
