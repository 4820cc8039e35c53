"""Copies of courses and modules wait for their own lessons, not for those they came from.

Wagtail copies a page field by field and gives the copy a new translation key. Each page
keeps its own key a second time in own_key; where the two differ, the page is a fresh copy
of the page whose key own_key still holds. This needs no hook and works in the admin, the
API and a shell, for live pages and, at publishing, for the drafts that were copied.
"""

import uuid
from typing import Any

from courses.models import LessonPage, ModulePage
from courses.places import STEP, item_key

DEPTH = {"lessonpage": 2, "modulepage": 1}


def notice(page: Any) -> None:
    """Before saving: recognise a copy, and point its condition into its own course."""
    fresh = page.own_key not in (None, page.translation_key) and not page.alias_of_id
    if fresh:
        page.copied_from = page.own_key
    if not page.alias_of_id:
        page.own_key = page.translation_key
    if page.unlock_after:
        page.unlock_after = own(page, fresh=fresh)


def follow(page: Any) -> None:
    """After saving a copy: pages copied before it that wait for its original wait for it."""
    if not page.copied_from:
        return
    course = course_path(page)
    if _here(course, page.copied_from):
        if isinstance(page, LessonPage):
            _follow_inside(page)
        return
    for model in (LessonPage, ModulePage):
        model.objects.filter(
            path__startswith=course, unlock_after=page.copied_from
        ).update(unlock_after=page.translation_key)


def own(page: Any, *, fresh: bool) -> uuid.UUID:
    """The key to wait for in the page's own course; the same one when there is no copy."""
    wanted: uuid.UUID = page.unlock_after
    course = course_path(page)
    if _here(course, wanted):
        if not (fresh and isinstance(page, LessonPage) and _module_copied(page)):
            return wanted
        course = page.path[:-STEP]
    return _copy_of(course, wanted) or wanted


def course_path(page: Any) -> str:
    """The tree path of the course around a lesson or module."""
    return str(page.path[: -DEPTH[page._meta.model_name] * STEP])


def _here(course: str, key: uuid.UUID) -> bool:
    lessons = LessonPage.objects.filter(path__startswith=course)
    return bool(
        lessons.alias(item=item_key()).filter(item=key).exists()
        or ModulePage.objects.filter(
            path__startswith=course, translation_key=key
        ).exists()
    )


def _copy_of(below: str, key: uuid.UUID) -> uuid.UUID | None:
    for model in (LessonPage, ModulePage):
        found: uuid.UUID | None = (
            model.objects.filter(path__startswith=below, copied_from=key)
            .order_by("-path")
            .values_list("translation_key", flat=True)
            .first()
        )
        if found:
            return found
    return None


def _module_copied(lesson: LessonPage) -> bool:
    """Whether the lesson came with a copy of its module, not alone."""
    module = ModulePage.objects.filter(path=lesson.path[:-STEP]).first()
    return bool(module and _came_along(lesson, module))


def _came_along(lesson: LessonPage, module: ModulePage) -> bool:
    """Whether the lesson's original lies in the module's original."""
    if not (lesson.copied_from and module.copied_from):
        return False
    source = LessonPage.objects.filter(translation_key=lesson.copied_from).first()
    return (
        source is not None
        and ModulePage.objects.filter(
            path=source.path[:-STEP], translation_key=module.copied_from
        ).exists()
    )


def _follow_inside(lesson: LessonPage) -> None:
    """In a module copied within its course: lessons copied before this one."""
    if _module_copied(lesson):
        LessonPage.objects.filter(
            path__startswith=lesson.path[:-STEP],
            copied_from__isnull=False,
            unlock_after=lesson.copied_from,
        ).update(unlock_after=lesson.translation_key)
