"""How the demo's pages find pages of other rooms, by content type and place in the tree.

The public site knows nothing of courses or prices: a room that is not installed has no
pages, and its links stay out.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Locale, Page

from website.demo_files import Block, key, listed

CATALOGUE = ("courses", ("catalogpage", "cataloguepage", "courseindexpage"))
COURSE = ("courses", ("coursepage",))
PRICING = ("billing", ("pricingpage",))
FEATURED = 3
FIRST_COURSE = "trading-fundamentals"


def pages_of(kind: tuple[str, tuple[str, ...]], locale: Locale) -> Any:
    """The live pages of a page type of another room, in the order of the tree."""
    room, models = kind
    types = ContentType.objects.filter(app_label=room, model__in=models)
    return Page.objects.filter(content_type__in=types, locale=locale).live()


def courses(locale: Locale) -> list[int]:
    """The ids of the courses to feature: the free one that starts the school leads."""
    first = course(FIRST_COURSE, locale)
    found = pages_of(COURSE, locale).order_by("path").values_list("pk", flat=True)
    rest = [key for key in found if first is None or key != first.pk]
    return ([first.pk] if first else []) + rest[: FEATURED - 1]


def resolve(target: str, locale: Locale) -> Page | None:
    """The page a target of the demo files names; None while it does not exist.

    course:<code>, lesson:<code>/<NN-module>/<NN-lesson>, page:pricing, page:catalogue.
    """
    kind, _colon, rest = target.partition(":")
    if kind == "course":
        return course(rest, locale)
    if kind == "lesson":
        return lesson(rest, locale)
    places = {"pricing": PRICING, "catalogue": CATALOGUE}
    if rest in places:
        return pages_of(places[rest], locale).first()
    return Page.objects.filter(locale=locale, translation_key=key(rest)).live().first()


def course(code: str, locale: Locale) -> Page | None:
    """The course with that code, else the one with that slug in any language."""
    for page in pages_of(COURSE, locale).specific():
        if getattr(page, "code", page.slug) == code:
            return page
    slugs = Page.objects.filter(slug=code).values("translation_key")
    return pages_of(COURSE, locale).filter(translation_key__in=slugs).first()


def lesson(path: str, locale: Locale) -> Page | None:
    """Folder and file names start with the place: 01-…/02-… is module 1, lesson 2."""
    code, *steps = path.split("/")
    page = course(code, locale)
    for step in steps:
        children = list(page.get_children().live()) if page else []
        place = int(step.partition("-")[0]) - 1
        page = children[place] if place < len(children) else None
    return page


def lead_the_menu(home: Page) -> None:
    """Courses, then prices, before the site's own pages; only while nobody moved them."""
    for kind in (PRICING, CATALOGUE):
        page = pages_of(kind, home.locale).first()
        if page is None or page.get_parent().pk != home.pk:
            continue
        before = page.get_prev_siblings().filter(content_type__app_label="website")
        if before.exists():
            page.move(Page.objects.get(pk=home.pk), pos="first-child")


def footer_links(wanted: list[str], locale: Locale, name: str) -> list[Block]:
    found = [resolve(f"page:{target}", locale) for target in wanted]
    values = [
        {"label": page.title, "page": page.pk, "address": ""} for page in found if page
    ]
    return listed(values, f"footer/{name}")
