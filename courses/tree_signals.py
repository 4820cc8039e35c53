"""Wagtail's signals about the page tree, each answered by recomputing our rows."""

from typing import Any

from django.db.models.signals import post_delete
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished, post_page_move

from courses import registry
from courses.models import CoursePage, LessonPage, ModulePage

OURS = (CoursePage, ModulePage, LessonPage)


def connect() -> None:
    for model in OURS:
        page_published.connect(changed, sender=model)
        page_unpublished.connect(changed, sender=model)
        post_delete.connect(vanished, sender=model)
    post_page_move.connect(moved)


def changed(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    registry.sync_below(instance)


def moved(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    if issubclass(sender, OURS) or not instance.is_leaf():
        registry.sync_below(instance)


def vanished(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    """Any deletion, from the admin, the API or a shell: records stay, rows retire."""
    registry.retire([getattr(instance, "key", instance.translation_key)])
