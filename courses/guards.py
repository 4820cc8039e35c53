"""Deleting in the admin: refused while students' records hang on a page."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses import registry


def refuse_delete(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Send the editor to "unpublish" instead; None when nothing would be lost."""
    if not registry.has_records(page):
        return None
    messages.error(
        request,
        _(
            "Students have records in “%(title)s”, so it cannot be deleted. Unpublish it "
            "instead: nobody sees it and nothing is lost."
        )
        % {"title": page.title},
    )
    if page.live:
        return redirect("wagtailadmin_pages:unpublish", page.pk)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def refuse_bulk_delete(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """The same for a selection; nothing of the selection is deleted."""
    if action_type != "delete" or not issubclass(
        getattr(action, "model", object), Page
    ):
        return None
    kept = [page for page in objects if registry.has_records(page)]
    if not kept:
        return None
    messages.error(
        request,
        _(
            "Students have records in: %(titles)s. Nothing was deleted. Unpublish these "
            "pages instead."
        )
        % {"titles": ", ".join(page.title for page in kept)},
    )
    return redirect(reverse("wagtailadmin_explore", args=[kept[0].get_parent().pk]))
