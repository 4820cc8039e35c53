"""What the head of a page says: description, canonical address, translations, crumbs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.models import Page

from website import structured

if TYPE_CHECKING:
    from website.seo import BasePage

type Translation = dict[str, str]
HOME_DEPTH = 2  # the tree's root is 1


@dataclass(frozen=True)
class Made:
    """The head of one page and its translations, the same for everybody; never changed."""

    page_id: int
    head: dict[str, Any]
    translations: list[Translation]


def of(page: "BasePage", request: HttpRequest) -> dict[str, Any]:
    """The template variables templates/base.html reads for a page; made once a request."""
    known = made(request)
    if known is not None and known.page_id == page.pk:
        return known.head
    found = _of(page, request)
    request._ami_head = Made(  # type: ignore[attr-defined]
        page.pk, found, translations(page, request)
    )
    return found


def made(request: HttpRequest) -> Made | None:
    """The head this request's page was given, for whoever wants to keep it."""
    found: Made | None = getattr(request, "_ami_head", None)
    return found


def remember(request: HttpRequest, known: Made) -> None:
    """Let the request's page use a head that was made before."""
    request._ami_head = known  # type: ignore[attr-defined]
    request._ami_translations = (known.page_id, known.translations)  # type: ignore[attr-defined]


def _of(page: "BasePage", request: HttpRequest) -> dict[str, Any]:
    url = absolute(page.get_url(request) or "")
    crumbs = breadcrumbs(page, request)
    return {
        "head_title": page.seo_title or page.title,
        "meta_description": page.summary_text(),
        "canonical_url": url,
        "hreflang_links": hreflang(page, request),
        "social_image": page.social_image,
        "breadcrumbs": crumbs if len(crumbs) > 1 else [],
        "structured_data": structured.graph(page, url, crumbs),
    }


def absolute(path: str) -> str:
    return path if path.startswith("http") else f"{settings.BASE_URL}{path}"


def translations(page: Page, request: HttpRequest) -> list[Translation]:
    """Live pages that say the same in another language, this one included.

    code and url (path); ordered as settings.LANGUAGES. One query a request.
    """
    known = getattr(request, "_ami_translations", None)
    if known is not None and known[0] == page.pk:
        return list(known[1])
    same = Page.objects.filter(translation_key=page.translation_key)
    by_code = {
        other.locale.language_code: other
        for other in same.select_related("locale")
        if other.live or other.pk == page.pk
    }
    for other in by_code.values():
        if other.locale_id == page.locale_id:
            page.locale = other.locale  # saves whoever asks for it a query
    found = [
        {"code": code, "url": by_code[code].get_url(request) or ""}
        for code, _name in settings.LANGUAGES
        if code in by_code
    ]
    request._ami_translations = (page.pk, found)  # type: ignore[attr-defined]
    return found


def hreflang(page: "BasePage", request: HttpRequest) -> list[Translation]:
    """Absolute alternates plus x-default; empty when the page has no translation."""
    found = [
        {"code": link["code"], "url": absolute(link["url"])}
        for link in translations(page, request)
    ]
    if len(found) < 2:
        return []
    default = next(
        (link for link in found if link["code"] == settings.LANGUAGE_CODE), found[0]
    )
    return [*found, {"code": "x-default", "url": default["url"]}]


def breadcrumbs(page: Page, request: HttpRequest) -> list[dict[str, str]]:
    """From the home page to this one: title and path."""
    home_first = [
        {
            "title": _("Home") if step.depth == HOME_DEPTH else step.title,
            "url": step.get_url(request) or "",
        }
        for step in ancestors(page)
    ]
    return [*home_first, {"title": page.title, "url": page.get_url(request) or ""}]


def ancestors(page: Page) -> list[Page]:
    """The live pages above, from the home page down.

    They came along when the page was looked up by its path; otherwise one query.
    """
    if page.depth <= HOME_DEPTH:
        return []
    known: list[Page] | None = getattr(page, "ancestors_on_the_way", None)
    if known is not None:
        return [step for step in known if step.live]
    return list(page.get_ancestors().filter(depth__gte=HOME_DEPTH).live())
