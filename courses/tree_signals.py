"""Wagtail's signals about the page tree, each answered by recomputing our rows."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from wagtail.models import Locale, Page
from wagtail.signals import page_published, page_unpublished, post_page_move

from courses import lesson_search, levels, quiz_changes, registry
from courses.models import CoursePage, LessonPage, ModulePage

OURS = (CoursePage, ModulePage, LessonPage)


def connect() -> None:
    page_published.connect(changed)
    page_unpublished.connect(changed)
    for model in OURS:
        post_delete.connect(vanished, sender=model)
    page_published.connect(published, sender=LessonPage)
    page_unpublished.connect(unpublished, sender=LessonPage)
    pre_delete.connect(remember_key, sender=LessonPage)
    pre_save.connect(point_at_the_original, sender=LessonPage)
    post_save.connect(alias_changed, sender=LessonPage)
    post_page_move.connect(moved)
    post_save.connect(language_added, sender=Locale)


def language_added(
    sender: type[Locale], instance: Locale, created: bool, raw: bool, **kwargs: Any
) -> None:
    if created and not raw:
        levels.seed(instance)


def changed(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """Any page may have courses below it: an unpublished home page hides them all."""
    if issubclass(sender, OURS) or not instance.is_leaf():
        registry.sync_below(instance)


def published(sender: type[Page], instance: LessonPage, **kwargs: Any) -> None:
    """Whoever published: a quiz that marks earlier attempts otherwise asks what to do."""
    quiz_changes.notice(instance)
    lesson_search.keep(instance)


def unpublished(sender: type[Page], instance: LessonPage, **kwargs: Any) -> None:
    lesson_search.forget(instance)


def moved(
    sender: type[Page],
    instance: Page,
    parent_page_before: Page,
    parent_page_after: Page,
    **kwargs: Any,
) -> None:
    if issubclass(sender, OURS):
        before = registry.course_above(parent_page_before)
        registry.moved(instance, before, registry.course_above(parent_page_after))
    elif not instance.is_leaf():
        registry.sync_below(instance)


def remember_key(sender: type[Page], instance: LessonPage, **kwargs: Any) -> None:
    """An alias asks its original for the key, which may be deleted before it."""
    instance.item_key = instance.key


def vanished(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """Any deletion, from the admin, the API or a shell: records stay, rows retire."""
    key = getattr(instance, "item_key", instance.translation_key)
    registry.vanished(instance, key)


def point_at_the_original(
    sender: type[Page], instance: LessonPage, **kwargs: Any
) -> None:
    """An alias of an alias shows the same lesson: both follow the original."""
    if "alias_of_id" in (kwargs.get("update_fields") or ()):
        instance.key_before = LessonPage.objects.get(pk=instance.pk).key
    source = instance.alias_of
    while source is not None and source.alias_of_id:
        source = source.alias_of
    if source is not None and source.pk != instance.alias_of_id:
        instance.alias_of = source


def alias_changed(
    sender: type[Page], instance: LessonPage, created: bool, **kwargs: Any
) -> None:
    """A new alias, or one that became a page of its own: Wagtail sends no signal."""
    before = getattr(instance, "key_before", None)
    if before is not None:
        registry.sync({before, instance.key})
    elif created and instance.alias_of_id:
        registry.sync({instance.key})
