"""Pages that students have records in: what may not be done to them, and why.

The administration (courses.guards), the API and Wagtail's own actions ask here, so every
way to delete, move or detach a page gives the same answer.
"""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.actions import (
    ConvertAliasPageAction,
    DeletePageAction,
    MovePageAction,
)
from wagtail.models import Page

from courses import registry
from courses.models import LessonPage, ModulePage


class KeptError(Exception):
    """Refused because students have records here; its text says what to do instead."""


def may_delete(page: Page) -> None:
    """Raises KeptError for a page with records, its own or those of pages below."""
    if registry.has_records(page):
        raise KeptError(
            _(
                "Students have records in “%(title)s”, so it cannot be deleted. Unpublish "
                "it instead: nobody sees it and nothing is lost."
            )
            % {"title": page.title}
        )


def may_move(page: Page, parent: Page) -> None:
    """Raises KeptError when records would end up in another course."""
    if leaves_course(page, parent) and registry.has_records(page):
        raise KeptError(
            _(
                "Students have records in “%(title)s”, and they belong to its course. Copy "
                "it to the other course instead, and unpublish it here."
            )
            % {"title": page.title}
        )


def may_detach(page: Page) -> None:
    """Raises KeptError for an alias whose lesson has records: they would lose this place."""
    source = page.alias_of
    translation = source and source.translation_key == page.translation_key
    if not translation and registry.has_records(page):
        raise KeptError(
            _(
                "Students have records in “%(title)s”. As a page of its own it would start "
                "without them. Copy it instead."
            )
            % {"title": page.title}
        )


def leaves_course(page: Page, parent: Page) -> bool:
    """Whether a module or lesson would sit in another course below this parent."""
    if page.specific_class not in (ModulePage, LessonPage):
        return False
    before = registry.course_above(page)
    return before is not None and before != registry.course_above(parent)


class KeptDelete(DeletePageAction):
    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self.check(kwargs.get("skip_permission_checks", False))
        may_delete(self.page)
        return super().execute(*args, **kwargs)


class KeptMove(MovePageAction):
    def check(self, parent_after: Page, skip_permission_checks: bool = False) -> None:
        super().check(parent_after, skip_permission_checks)
        may_move(self.page, parent_after)


class KeptConvertAlias(ConvertAliasPageAction):
    def check(self, skip_permission_checks: bool = False) -> None:
        super().check(skip_permission_checks)
        may_detach(self.page)


def register(actions: Any) -> None:
    """In place of Wagtail's: what its API runs."""
    for action in (KeptDelete, KeptMove, KeptConvertAlias):
        actions.register(Page, action)
