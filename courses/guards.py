"""The administration's answers when courses.kept refuses: why, and what to do instead."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.models import Page

from courses import kept, registry
from courses.kept import KeptError


def refuse_delete(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Offer to retire the page instead; None when nothing would be lost."""
    return offer_retire([page]) if registry.has_records(page) else None


def refuse_move(
    request: HttpRequest, page: Page, destination: Page
) -> HttpResponse | None:
    return _refuse(request, page, lambda: kept.may_move(page, destination))


def refuse_detach(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _refuse(request, page, lambda: kept.may_detach(page))


def refuse_bulk(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """The same for a selection; nothing of the selection is touched."""
    if not issubclass(getattr(action, "model", object), Page):
        return None
    pages = list(objects)
    if action_type == "delete":
        with_records = [page for page in pages if registry.has_records(page)]
        return offer_retire(with_records) if with_records else None
    if action_type == "move":
        destination = action.cleaned_form.cleaned_data["chooser"]
        for page in pages:
            answer = refuse_move(request, page, destination)
            if answer is not None:
                return answer
    return None


def offer_retire(pages: Iterable[Page]) -> HttpResponse:
    query = urlencode([("id", page.pk) for page in pages])
    return redirect(f"{reverse('courses_kept')}?{query}")


def _refuse(request: HttpRequest, page: Page, ask: Any) -> HttpResponse | None:
    try:
        ask()
    except KeptError as error:
        copy = reverse("wagtailadmin_pages:copy", args=[page.pk])
        messages.error(request, str(error), buttons=[messages.button(copy, _("Copy"))])
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None
