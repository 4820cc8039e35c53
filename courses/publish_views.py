"""Refuses to publish what students could not use, and lists what to mend in a course."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses import publish_checks
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
    text = _("“%(title)s” was not published. %(problems)s") % {
        "title": page.title,
        "problems": " ".join(one.text for one in found),
    }
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
