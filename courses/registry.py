"""Keeps Course and Item rows in step with the page tree; records never follow a page.

Each function recomputes rows from the tree as it is now, so the order and number of
calls do not matter. Nothing here deletes a row.
"""

import uuid
from collections.abc import Iterable, Iterator

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
    key = page.translation_key
    live = CoursePage.objects.filter(translation_key=key, live=True)
    shown = live.filter(pk=page.pk).first() or live.order_by("path").first()
    course = Course.objects.filter(key=key).first()
    if course is None:
        course = Course(key=key, code=code_for(page.slug, key), title=page.title)
    if shown:
        course.title = shown.title
        if course.state in (Course.State.DRAFT, Course.State.RETIRED):
            course.state = Course.State.OPEN
    elif course.state != Course.State.DRAFT:
        course.state = Course.State.RETIRED
    course.save()
    sync_lessons(
        LessonPage.objects.filter(path__startswith=page.path).select_related("alias_of")
    )
    return course


@transaction.atomic
def sync_lessons(lessons: Iterable[LessonPage]) -> None:
    """Upsert or retire the rows of these lessons."""
    for lesson in lessons:
        sync_item(lesson.key)


def sync_item(key: uuid.UUID) -> Item | None:
    """Upsert the lesson's row from a page that shows it; retire it when none does.

    None for a lesson that was never published.
    """
    shown = _shown(key)
    if shown is None:
        Item.objects.filter(key=key, retired_at__isnull=True).update(retired_at=now())
        return Item.objects.filter(key=key).first()
    place = places.of(shown)
    course = Course.objects.filter(
        key=place.course.translation_key
    ).first() or sync_course(place.course)
    item, _created = Item.objects.update_or_create(
        key=key,
        defaults={
            "course": course,
            "module_key": place.module.translation_key,
            "title": shown.title,
            "position": _position(shown),
            "required": shown.required,
            "retired_at": None,
        },
    )
    quiz_versions.keep(shown, item)
    return item


def item_of(lesson: LessonPage) -> Item:
    """The lesson's row, made when missing. Raises Item.DoesNotExist for a draft."""
    item = Item.objects.filter(key=lesson.key).first() or sync_item(lesson.key)
    if item is None:
        raise Item.DoesNotExist(str(lesson.key))
    return item


def sync_below(page: Page) -> None:
    """Recompute everything a change of this page (of any type) can touch."""
    specific = page.specific
    if isinstance(specific, LessonPage):
        sync_lessons([specific])
    elif isinstance(specific, CoursePage):
        sync_course(specific)
    elif isinstance(specific, ModulePage):
        sync_lessons(LessonPage.objects.filter(path__startswith=page.path))
    else:
        for course in CoursePage.objects.filter(path__startswith=page.path):
            sync_course(course)


def retire(keys: Iterable[uuid.UUID]) -> None:
    """After pages with these translation keys vanished, by whatever way."""
    for key in keys:
        sync_item(key)
        gone = not CoursePage.objects.filter(translation_key=key).exists()
        if gone:
            Course.objects.filter(key=key).update(state=Course.State.RETIRED)


def has_records(page: Page) -> bool:
    """Whether somebody's learning is attached to this page or to one below it."""
    below = Page.objects.filter(path__startswith=page.path)
    keys = set(below.values_list("translation_key", flat=True))
    sources = below.filter(alias_of__isnull=False)
    keys.update(sources.values_list("alias_of__translation_key", flat=True))
    return any(
        model._default_manager.filter(**{f"{field}__in": keys}).exists()
        for model, field in records()
    )


def records() -> Iterator[tuple[type[Model], str]]:
    """(model, name of its key to Course or Item) of everything kept about a person.

    Found by their foreign keys, so that a new kind of record is guarded from its first row.
    """
    person = get_user_model()
    for relation in (*Course._meta.related_objects, *Item._meta.related_objects):
        model = relation.related_model
        if any(field.related_model is person for field in model._meta.fields):
            yield model, relation.field.name


def _shown(key: uuid.UUID) -> LessonPage | None:
    """A published page of the lesson with every page above it published; originals first."""
    candidates = places.pages_of(key).live().order_by("path")
    page: LessonPage
    for page in sorted(candidates, key=lambda one: bool(one.alias_of_id)):
        if places.of(page).live:
            return page
    return None


def _position(lesson: LessonPage) -> int:
    """Module number × 1000 + lesson number, both counted from 1, drafts included."""
    module = lesson.get_parent()
    modules = module.get_siblings().filter(path__lte=module.path).count()
    lessons = lesson.get_siblings().filter(path__lte=lesson.path).count()
    return int(modules * 1000 + lessons)
