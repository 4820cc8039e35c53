"""Every way to publish a page but the editor's button refuses what the button refuses.

The API runs these actions, in place of Wagtail's (see courses.publish_checks).
"""

from typing import Any

from django.utils.translation import gettext as _
from wagtail.actions import (
    CreatePageAction,
    EditPageAction,
    PublishPageRevisionAction,
)
from wagtail.models import Page

from courses import publish_checks
from courses.publish_checks import Finding

CODE = "publish-blocked"


class BlockedError(Exception):
    """The page cannot be published as it is. found: blockers and warnings."""

    def __init__(self, page: Page, found: list[Finding]) -> None:
        super().__init__(_("“%(title)s” was not published.") % {"title": page.title})
        self.found = found

    def as_errors(self) -> list[dict[str, Any]]:
        """For the API: type (blocker or warning), page, title, block (its id or ""), msg."""
        return [
            {
                "type": "blocker" if one.blocks else "warning",
                "page": one.page.pk,
                "title": one.page.title,
                "block": one.block_id,
                "msg": one.text,
            }
            for one in self.found
        ]


def may_publish(page: Page) -> None:
    """Raises BlockedError for a page with a blocker."""
    found = publish_checks.findings(page)
    if any(one.blocks for one in found):
        raise BlockedError(page, found)


class CheckedPublish(PublishPageRevisionAction):
    def check(self, skip_permission_checks: bool = False) -> None:
        super().check(skip_permission_checks)
        may_publish(self.object)


class CheckedWrite:
    """For actions that write a page and may publish it at once."""

    instance: Page
    publish: bool

    def _clean_instance(self) -> None:
        super()._clean_instance()  # type: ignore[misc]
        if self.publish:
            may_publish(self.instance)


class CheckedCreate(CheckedWrite, CreatePageAction):
    pass


class CheckedEdit(CheckedWrite, EditPageAction):
    pass


def register(actions: Any) -> None:
    """In place of Wagtail's: what its API runs."""
    for action in (CheckedPublish, CheckedCreate, CheckedEdit):
        actions.register(Page, action)
