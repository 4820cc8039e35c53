"""The menus every page shows, per language, kept until the content changes."""

from typing import Any

from django.utils import translation
from wagtail.models import Locale, Page

from accounts.hooks import answers
from website import version
from website.footer import FooterMenu
from website.hooks import HOOK_MAIN_MENU
from website.memory import Memory
from website.models import HomePage

type Menus = dict[str, Any]
_kept: Memory[Menus] = Memory(16)


def of(language: str) -> Menus:
    """home_url, main (title, url) and footer (title, links) of one language."""
    key = (version.current(), language)
    found = _kept.get(key)
    if found is None:
        found = build(language)
        _kept.put(key, found)
    return found


def build(language: str) -> Menus:
    locale = Locale.objects.filter(language_code=language).first()
    home = HomePage.objects.filter(locale=locale).live().first() if locale else None
    if home is None:
        return {"home_url": f"/{language}/", "main": [], "footer": []}
    with translation.override(language):
        return {
            "home_url": home.url or f"/{language}/",
            "main": main(home, language),
            "footer": footer(home),
        }


def main(home: HomePage, language: str) -> list[dict[str, str]]:
    """The live pages under home that editors put in the menu, and what rooms add."""
    pages = home.get_children().live().public().in_menu()
    entries = [
        (10 * place, {"title": page.title, "url": page.url or ""})
        for place, page in enumerate(pages, start=1)
    ]
    entries += [
        (link.order, {"title": str(link.label), "url": link.url})
        for link in answers(HOOK_MAIN_MENU, language)
    ]
    return [entry for _order, entry in sorted(entries, key=lambda pair: pair[0])]


def footer(home: HomePage) -> list[dict[str, Any]]:
    """The footer of the home page's language; its own pages when nobody made one."""
    menu = FooterMenu.objects.filter(locale_id=home.locale_id).first()
    if menu is not None:
        return menu.as_links()
    pages: list[Page] = list(home.get_children().live().public())
    links = [{"title": page.title, "url": page.url or ""} for page in pages]
    return [{"title": home.title, "links": links}] if links else []
