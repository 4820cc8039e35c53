"""The editor's side panel lists what to mend before publishing."""

from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from wagtail.models import Page

from courses import publish_checks, withheld
from courses.models import CoursePage, LessonPage, ModulePage

register = template.Library()


@register.simple_tag(takes_context=True)
def publish_findings(context: Any, page: Any) -> dict[str, Any] | None:
    """What is known of the draft last saved, for pages of a course; None for others.

    findings: [] when all is well, None when nothing was saved yet. saved_at: when. unsaved:
    whether the form beside it holds something else.
    """
    if not isinstance(page, CoursePage | ModulePage | LessonPage):
        return None
    if page.pk is None:
        return {"findings": None}
    unsaved = _shows_unsaved(context["request"])
    saved = _saved(page.pk) if unsaved else page
    return {
        "findings": publish_checks.findings(saved),
        "saved_at": saved.latest_revision_created_at,
        "unsaved": unsaved,
    }


def _shows_unsaved(request: HttpRequest) -> bool:
    """A form that was refused, or an earlier version that is brought back.

    What answers in JSON is autosave, after it saved.
    """
    refused = request.method == "POST" and request.accepts("text/html")
    found = request.resolver_match
    return refused or bool(found and found.url_name == "revisions_revert")


def _saved(pk: int) -> Page:
    return Page.objects.get(pk=pk).specific.get_latest_revision_as_object()


@register.simple_tag
def withheld_since(page: Page) -> datetime | None:
    """When the clock left this page a draft, for as long as that is unsettled."""
    return withheld.since(page)
