"""What every template of the site gets; nothing here touches a visitor's session."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from website import head, menus, themes, version

NATIVE_NAMES = dict(settings.WAGTAIL_CONTENT_LANGUAGES)
ADMIN = ("/admin/", "/django-admin/")


def site(request: HttpRequest) -> dict[str, Any]:
    """The variables that templates/README.md lists; worked out when a template asks."""
    theme, palette = themes.of(request)
    found: dict[str, Any] = {
        "theme": theme,
        "palette": palette,
        "site_name": settings.SITE_NAME,
    }
    if request.path.startswith(ADMIN):
        return found
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    if no_messages(request):
        found["messages"] = ()
    return {
        **found,
        "home_url": f"/{language}/",
        "main_menu": SimpleLazyObject(partial(main_menu, request, language)),
        "footer_menu": SimpleLazyObject(lambda: menus.of(language)["footer"]),
        "content_version": SimpleLazyObject(version.current),
        "language_links": SimpleLazyObject(partial(language_links, request, language)),
    }


def no_messages(request: HttpRequest) -> bool:
    """Whether there is surely none: asking the message storage would open a session."""
    queued = getattr(getattr(request, "_messages", None), "_queued_messages", [])
    cookies = {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()
    return not queued and not cookies


def main_menu(request: HttpRequest, language: str) -> list[dict[str, Any]]:
    """title, url and active (this page or one below it)."""
    return [
        {**link, "active": request.path.startswith(link["url"])}
        for link in menus.of(language)["main"]
    ]


def language_links(request: HttpRequest, language: str) -> list[dict[str, Any]]:
    """code, label, url, current: the same page in each language, else that home page."""
    urls = page_urls(request)
    return [
        {
            "code": code,
            "label": NATIVE_NAMES.get(code, code),
            "url": request.get_full_path()
            if code == language
            else urls.get(code) or view_url(request, code),
            "current": code == language,
        }
        for code, _name in settings.LANGUAGES
    ]


def page_urls(request: HttpRequest) -> dict[str, str]:
    page = getattr(request, "wagtail_page", None)
    if page is None:
        return {}
    return {link["code"]: link["url"] for link in head.translations(page, request)}


def view_url(request: HttpRequest, code: str) -> str:
    """The same view in another language; that language's home page for anything else."""
    match = request.resolver_match
    if match is None or match.url_name == "wagtail_serve" or request.method != "GET":
        return f"/{code}/"
    found = translate_url(request.get_full_path(), code)
    return found if found.startswith(f"/{code}/") else f"/{code}/"
