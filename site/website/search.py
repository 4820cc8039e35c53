"""The site search: accents and word endings do not matter, typing errors are forgiven."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.http import urlencode
from wagtail import hooks
from wagtail.models import Locale, Page
from wagtail.search.backends import get_search_backend
from wagtail.search.query import Fuzzy

from website.hooks import HOOK_SEARCH, HOOK_SEARCH_INSIDE

PER_PAGE = 10
MAX_LENGTH = 200
BACKENDS = {"es": "default", "en": "en"}


@dataclass(frozen=True)
class Found:
    """What a search gave; page is None when nothing was asked."""

    query: str
    page: Any = None
    total: int = 0
    similar: bool = False
    too_long: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    inside: list[Any] = field(default_factory=list)

    @property
    def encoded(self) -> str:
        """The question as it stands in an address, for the links to other pages."""
        return urlencode({"q": self.query})


def find(request: HttpRequest, language: str) -> Found:
    """Answer ?q= and ?page=; pages like the words when none contains them all."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())
    if len(query) > MAX_LENGTH:
        return Found(query[:MAX_LENGTH], too_long=True)
    if not query:
        return Found(query)
    pages = visible(request, language)
    backend = get_search_backend(BACKENDS.get(language, "default"))
    matches = backend.search(query, pages, operator="and")
    total, similar = matches.count(), False
    if not total:
        matches = backend.search(Fuzzy(query, unaccent=True), pages)
        total, similar = matches.count(), True
    page = Paginator(matches, PER_PAGE).get_page(request.GET.get("page"))
    inside = [
        hit
        for search in hooks.get_hooks(HOOK_SEARCH_INSIDE)
        for hit in (search(request, query, language) if page.number == 1 else [])
    ]
    found = rows(page, request)
    return Found(
        query, page, total, similar and total > 0, results=found, inside=inside
    )


def visible(request: HttpRequest, language: str) -> Any:
    """Live public pages of one language, as far as every room lets this person see them.

    The rooms' filters go in as a sub-query: the search backend only knows indexed fields.
    """
    locale = Locale.objects.filter(language_code=language).first()
    pages = Page.objects.live().public().filter(locale=locale, depth__gt=1)
    narrowers = hooks.get_hooks(HOOK_SEARCH)
    if not narrowers:
        return pages
    allowed = Page.objects.filter(locale=locale)
    for narrow in narrowers:
        allowed = narrow(request, allowed)
    return pages.filter(pk__in=allowed.values("pk"))


def rows(page: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """title, url, kind and text of each hit; one query per page type on this page."""
    keys = [hit.pk for hit in page.object_list]
    specific = Page.objects.filter(pk__in=keys).specific().in_bulk(keys)
    return [row(specific[key], request) for key in keys if key in specific]


def row(page: Page, request: HttpRequest) -> dict[str, Any]:
    summary = getattr(page, "summary_text", None)
    return {
        "title": page.title,
        "url": page.get_url(request),
        "kind": getattr(page, "search_kind", page._meta.verbose_name),
        "text": summary() if summary else page.search_description,
    }
