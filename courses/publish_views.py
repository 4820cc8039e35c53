"""Refuses to publish what students could not use, and lists what to mend in a course."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogFormatter
from wagtail.models import Page

from courses import publish_checks, withheld
from courses.models import CoursePage


def refuse_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Back to the editor with what is wrong; the draft is saved. None when all is well."""
    found = publish_checks.blockers(page)
    if not found:
        return None
    _say(request, page, found)
    return redirect("wagtailadmin_pages:edit", page.pk)


def refuse_bulk_publish(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """The same for a selection: nothing of it is published."""
    if action_type != "publish" or not issubclass(
        getattr(action, "model", object), Page
    ):
        return None
    pages = [
        page.specific.get_latest_revision_as_object()
        for page in _published_with(objects, action)
    ]
    wrong = [
        (page, found) for page in pages if (found := publish_checks.blockers(page))
    ]
    for page, found in wrong:
        _say(request, page, found)
    if not wrong:
        return None
    return redirect("wagtailadmin_explore", wrong[0][0].get_parent().pk)


def _published_with(objects: Iterable[Page], action: Any) -> list[Page]:
    """The selection; with the drafts below it where the form asks for them too."""
    pages = list(objects)
    if action.cleaned_form.cleaned_data["include_descendants"]:
        drafts = [
            draft for page in pages for draft in page.get_descendants().not_live()
        ]
        pages += [draft for draft in drafts if draft not in pages]
    return pages


def _say(request: HttpRequest, page: Page, found: list[publish_checks.Finding]) -> None:
    text = publish_checks.refusal(page, found)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    messages.error(request, text, buttons=[messages.button(edit, _("Edit"))])


def check_button(page: Page, user: Any) -> Iterator[Button]:
    if page.specific_class is CoursePage and page.permissions_for_user(user).can_edit():
        yield Button(
            _("Check the course"),
            reverse("course_check", args=[page.pk]),
            icon_name="circle-check",
            priority=25,
        )


class WithheldPanel(Component):
    """On the first page of the administration: what was due and stayed a draft."""

    name = "withheld"
    template_name = "courses/admin/withheld_panel.html"
    order = 110

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        return {"pages": withheld.waiting(parent_context["request"].user)}


class WithheldEntry(LogFormatter):
    """In the history of a page."""

    label = gettext_lazy("Hold back")

    def format_message(self, log_entry: Any) -> str:
        due = parse_datetime(log_entry.data["due"])
        return _("Stayed a draft on %(date)s: there is something to mend.") % {
            "date": date_format(localtime(due), "DATETIME_FORMAT") if due else ""
        }


def course_check(request: HttpRequest, page_id: int) -> HttpResponse:
    """Everything to mend in one course, page by page."""
    course = get_object_or_404(CoursePage, pk=page_id)
    if not course.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    by_page: dict[Page, list[publish_checks.Finding]] = {}
    for found in publish_checks.of_course(course):
        by_page.setdefault(found.page, []).append(found)
    context = {"course": course, "by_page": by_page}
    return render(request, "courses/admin/course_check.html", context)
