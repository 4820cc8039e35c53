"""Which page an address leads to, kept until anything public changes.

Kept are the site, the pages above, the page's translations and that nothing restricts it:
the page itself is read again for each request.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.models import Locale, Page, Site
from wagtail.url_routing import RouteResult

from website import head
from website.memory import Memory


@dataclass(frozen=True)
class Route:
    """token: the content version it was made with. url_path: of the page in the tree."""

    token: str
    site: Site
    model: type[Page]
    pk: int
    url_path: str
    above: list[Page]
    locale: Locale
    translations: list[head.Translation]


_routes: Memory[Route] = Memory(1024)


def recall(request: HttpRequest, path: str, token: str) -> bool:
    """Lead the request to its page by a kept route. One query.

    False when there is none, or the page is not there any more as it was.
    """
    known = _routes.get(_key(request, path))
    if known is None or known.token != token:
        return False
    rows = known.model.objects.filter(pk=known.pk, live=True).order_by()
    page = next(iter(rows), None)  # first() would have it sorted
    if page is None or page.url_path != known.url_path:
        return False
    page.locale = known.locale
    page.ancestors_on_the_way = known.above
    page.restrictions_on_the_way = []
    to: Any = request
    to._wagtail_site = known.site
    to._wagtail_route_for_request = RouteResult(page, [], {})
    to._ami_translations = (page.pk, known.translations)
    return True


def keep(request: HttpRequest, path: str, token: str) -> None:
    """Keep where an answered request was led. token: the content version before that.

    Not for parts of a page, restricted pages, or those of other sites' trees.
    """
    result: RouteResult | None = getattr(request, "_wagtail_route_for_request", None)
    translated = getattr(request, "_ami_translations", None)
    if result is None or translated is None or any(result[1:]):
        return
    page = result[0]
    above = getattr(page, "ancestors_on_the_way", None)
    restricted = getattr(page, "restrictions_on_the_way", None) != []
    if above is None or translated[0] != page.pk or restricted:
        return
    route = Route(
        token=token,
        site=Site.find_for_request(request),
        model=page.specific_class,
        pk=page.pk,
        url_path=page.url_path,
        above=above,
        locale=page.locale,
        translations=list(translated[1]),
    )
    _routes.put(_key(request, path), route)


def _key(request: HttpRequest, path: str) -> tuple[str, str | None, str]:
    return request.get_host(), get_language(), path
