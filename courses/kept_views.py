"""The page editors see instead of a deletion: what would be lost, and a way that keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from wagtail.actions import UnpublishPageAction
from wagtail.admin import messages
from wagtail.models import Page

from audit import trail
from courses import registry


@dataclass(frozen=True)
class KeptPage:
    """kinds: (name of the records, how many) below this page."""

    page: Page
    kinds: list[tuple[str, int]]
    may_retire: bool


def kept_pages(request: HttpRequest) -> HttpResponse:
    """GET: the pages ?id=… with their records. POST: unpublish and retire them."""
    rows = [_row(page, request.user) for page in _asked(request)]
    if request.method == "POST":
        return _retire(request, [row.page for row in rows if row.may_retire])
    context = {
        "rows": rows,
        "parent": rows[0].page.get_parent(),
        "may_retire": any(row.may_retire for row in rows),
    }
    return render(request, "courses/admin/kept.html", context)


def _asked(request: HttpRequest) -> list[Page]:
    """The pages of the query that this person may change."""
    ids = [one for one in request.GET.getlist("id") if one.isdecimal()]
    pages = list(Page.objects.filter(pk__in=ids[:500]).order_by("path").specific())
    if not pages:
        raise Http404
    for page in pages:
        if not page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
    return pages


def _row(page: Page, user: Any) -> KeptPage:
    may = page.permissions_for_user(user).can_unpublish()
    return KeptPage(page, registry.count_records(page), may_retire=may)


@transaction.atomic
def _retire(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse:
    retired = list(pages)
    if not retired:
        raise PermissionDenied
    for page in retired:
        UnpublishPageAction(page, user=request.user).execute()
        trail.record(request.user, "page.retire", f"page:{page.pk}", title=page.title)
    text = ngettext(
        "%(count)s page is retired: nobody sees it, and its records stay in the reports.",
        "%(count)s pages are retired: nobody sees them, and their records stay in the "
        "reports.",
        len(retired),
    )
    messages.success(request, text % {"count": len(retired)})
    return redirect("wagtailadmin_explore", retired[0].get_parent().pk)
