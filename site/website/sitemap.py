"""robots.txt and the sitemap of every language, with the translations of each page."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from wagtail.models import Page, get_page_models

from website import version
from website.head import absolute
from website.seo import BasePage

SECONDS = 3600
PRIVATE_PATHS = ("/admin/", "/django-admin/", "/api/", "/documents/")
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml">'
)


@dataclass(frozen=True)
class Entry:
    key: str  # translation key: equal for the translations of one page
    code: str
    url: str
    changed: datetime | None


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE_PATHS),
        *(f"Disallow: /{code}/accounts/" for code, _name in settings.LANGUAGES),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@require_safe
def sitemap_xml(request: HttpRequest) -> HttpResponse:
    """Every live public page that wants to be found; kept until the content changes."""
    key = f"sitemap:{version.current()}"
    body = cache.get(key)
    if body is None:
        body = render(entries(request))
        cache.set(key, body, SECONDS)
    return HttpResponse(body, content_type="application/xml")


def entries(request: HttpRequest) -> Iterator[Entry]:
    """Page types with a get_sitemap_urls() of their own are asked page by page; the
    others cost one query a type."""
    for model in get_page_models():
        if issubclass(model, BasePage) and plain(model):
            yield from listed(model)
        elif model is not Page:
            yield from asked(model, request)


def plain(model: type[Page]) -> bool:
    return model.get_sitemap_urls is BasePage.get_sitemap_urls


def public(model: type[Page]) -> Any:
    content_type = ContentType.objects.get_for_model(model)
    return model.objects.filter(content_type=content_type, depth__gt=1).live().public()


def listed(model: type[BasePage]) -> Iterator[Entry]:
    pages = model.in_sitemap(public(model)).select_related("locale")
    fields = ("translation_key", "url_path", "last_published_at", "locale", "path")
    for page in pages.only(*fields, "locale__language_code"):
        if page.url:
            yield entry(page, absolute(page.url), page.last_published_at)


def asked(model: type[Page], request: HttpRequest) -> Iterator[Entry]:
    for page in public(model).select_related("locale"):
        for found in page.get_sitemap_urls(request):
            yield entry(page, absolute(found["location"]), found.get("lastmod"))


def entry(page: Page, url: str, changed: datetime | None) -> Entry:
    return Entry(str(page.translation_key), page.locale.language_code, url, changed)


def render(found: Iterator[Entry]) -> str:
    """The XML; each page names every translation of it, itself included."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for each in found:
        groups[each.key].append(each)
    urls = [url(each, group) for group in groups.values() for each in group]
    return "\n".join([HEAD, *urls, "</urlset>", ""])


def url(each: Entry, group: list[Entry]) -> str:
    changed = f"<lastmod>{each.changed.isoformat()}</lastmod>" if each.changed else ""
    others = sorted({(other.code, other.url) for other in group})
    alternates = "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(code)} href={quoteattr(href)}/>'
        for code, href in others
        if len(others) > 1
    )
    return f"<url><loc>{escape(each.url)}</loc>{changed}{alternates}</url>"
