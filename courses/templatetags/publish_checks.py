"""The editor's side panel lists what to mend before publishing."""

from datetime import datetime
from typing import Any

from django import template
from wagtail.models import Page

from courses import publish_checks, withheld
from courses.models import CoursePage, LessonPage, ModulePage

register = template.Library()


@register.simple_tag
def publish_findings(page: Any) -> list[publish_checks.Finding] | None:
    """The findings for pages of a course, [] when all is well; None for other pages."""
    if not isinstance(page, Page):
        return None
    if not isinstance(page, CoursePage | ModulePage | LessonPage):
        return None
    return publish_checks.findings(page)


@register.simple_tag
def withheld_since(page: Page) -> datetime | None:
    """When the clock left this page a draft, for as long as that is unsettled."""
    return withheld.since(page)
