"""Every way to publish a page but the editor's button refuses what the button refuses.

The API runs these actions, in place of Wagtail's (see courses.publish_checks); the last
approval of a workflow ends in courses.approval. The clock: courses.withheld.
"""

from collections.abc import Callable
from typing import Any

from django.http import (
    HttpRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.actions import (
    CreatePageAction,
    EditPageAction,
    PublishPageRevisionAction,
)
from wagtail.admin import messages
from wagtail.models import Page

from courses import publish_checks
from courses.publish_checks import Finding

CODE = "publish-blocked"


class BlockedError(Exception):
    """The page cannot be published as it is. found: blockers and warnings.

    sentence: what is wrong, in the language of whoever tried.
    """

    def __init__(self, page: Page, found: list[Finding]) -> None:
        super().__init__(_("“%(title)s” was not published.") % {"title": page.title})
        self.page, self.found = page, found
        self.sentence = publish_checks.refusal(page, found)

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


class RefusalMiddleware:
    """Wherever the administration ends in a BlockedError, the editor is shown what to mend."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponseBase | None:
        if not isinstance(error, BlockedError):
            return None
        messages.error(request, error.sentence)
        edit = reverse("wagtailadmin_pages:edit", args=[error.page.pk])
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            # what Wagtail's dialogue of an approval understands as "go there"
            return JsonResponse({"step": "success", "redirect": edit})
        return HttpResponseRedirect(edit)


def register(actions: Any) -> None:
    """In place of Wagtail's: what its API runs."""
    for action in (CheckedPublish, CheckedCreate, CheckedEdit):
        actions.register(Page, action)
