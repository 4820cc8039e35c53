"""The demo school's public pages: home, about, blog, contact, legal texts, menus.

Safe to run again: what is missing is made, what nobody edited follows the files, and what
a person edited stays as it is.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.images import ImageFile
from django.utils import translation
from wagtail.images import get_image_model
from wagtail.images.models import Image
from wagtail.models import Locale, Page, Site

from accounts.hooks import Write
from website import demo_files, demo_home, demo_links
from website.demo_files import block, key, paragraph, read_markdown, read_yaml
from website.footer import FooterMenu
from website.identity import SchoolSettings
from website.models import (
    BlogIndexPage,
    BlogPostPage,
    ContentPage,
    FormField,
    FormPage,
    HomePage,
)

LANGUAGES = ("es", "en")
HOME_SLUGS = {"es": "inicio", "en": "home"}
LEGAL = ("legal/risk", "legal/privacy", "legal/terms")
FIELD_KINDS = {
    "text": "singleline",
    "multiline": "multiline",
    "email": "email",
    "choice": "dropdown",
}
OWNER = "olga@example.com"
WORDS = {
    "es": {
        "blog": "Lecturas cortas sobre riesgo, proceso y estadística.",
        "school": "Escuela",
        "learn": "Aprender",
        "legal": "Legal",
    },
    "en": {
        "blog": "Short reads about risk, process and statistics.",
        "school": "School",
        "learn": "Learn",
        "legal": "Legal",
    },
}


def load(write: Write) -> None:
    """Locales, home pages, site, pages and menus, in both languages."""
    for language in LANGUAGES:
        locale, _created = Locale.objects.get_or_create(language_code=language)
        with translation.override(language):
            home = home_page(locale, write)
            if language == settings.LANGUAGE_CODE:
                serve(home)
            pages_below(home, locale, write)


def finish(write: Write) -> None:
    """Once courses and prices exist: feature them, link to them, put them in the menus."""
    for language in LANGUAGES:
        locale = Locale.objects.get(language_code=language)
        with translation.override(language):
            home = home_page(locale, write)
            demo_links.lead_the_menu(home)
            footer(home, locale)


def home_page(locale: Locale, write: Write) -> HomePage:
    language = locale.language_code
    content = read_yaml("home", language)
    body = demo_home.sections(
        content,
        image=image(content["hero"]["image"], content["hero"]["image_alt"]),
        courses=demo_links.courses(locale),
        resolve=lambda target: demo_links.resolve(target, locale),
        home=f"/{language}/",
    )
    fields = {
        "title": content["title"],
        "slug": HOME_SLUGS[language],
        "search_description": content["summary"],
        "body": body,
    }
    root = Page.get_first_root_node()
    page: HomePage = put(HomePage, "home", root, locale, fields, write)
    return page


def pages_below(home: HomePage, locale: Locale, write: Write) -> None:
    blog(home, locale, write)
    text_page("about", home, locale, write, show_in_menus=True)
    contact(home, locale, write)
    for name in LEGAL:
        accepted = name != "legal/risk"
        text_page(
            name, home, locale, write, show_updated=True, accepted_at_sign_up=accepted
        )
    footer(home, locale)


def put(
    model: type[Page],
    name: str,
    parent: Page,
    locale: Locale,
    fields: dict[str, Any],
    write: Write,
) -> Any:
    """The published page called name in that language, made or brought up to date."""
    page = model.objects.filter(locale=locale, translation_key=key(name)).first()
    if page is None:
        page = model(locale=locale, translation_key=key(name), **fields)
        parent.add_child(instance=page)
        write(f"page {page.url_path}")
    elif not follow(page, fields):
        return page
    page.save_revision().publish()
    return model.objects.get(pk=page.pk)


def follow(page: Page, fields: dict[str, Any]) -> bool:
    """Give the page these values; False when they are the same or a person edited it."""
    if page.revisions.filter(user__isnull=False).exists():
        return False
    before = content_of(page)
    for name, value in fields.items():
        setattr(page, name, value)
    return content_of(page) != before


def content_of(page: Page) -> dict[str, Any]:
    """What the page holds, comparable: streams as objects, not as JSON text."""
    found: dict[str, Any] = json.loads(page.to_json())
    return {
        name: json.loads(value)
        if isinstance(value, str) and value[:1] == "["
        else value
        for name, value in found.items()
    }


def serve(home: HomePage) -> None:
    """Make home the site's root, and remove Wagtail's welcome page if nobody used it."""
    address = urlsplit(settings.BASE_URL)
    site = Site.objects.filter(is_default_site=True).first() or Site(
        is_default_site=True
    )
    welcome = site.root_page if site.pk else None
    site.hostname = address.hostname or "localhost"
    site.port = address.port or (443 if address.scheme == "https" else 80)
    site.site_name = settings.SITE_NAME
    site.root_page = home
    site.save()
    if welcome is not None and is_unused(welcome):
        welcome.delete()
    SchoolSettings.objects.get_or_create(site=site, defaults={"contact_email": OWNER})


def is_unused(page: Page) -> bool:
    return (
        page.specific_class is Page and page.is_leaf() and not page.revisions.exists()
    )


def image(name: str, description: str) -> Image:
    """The demo picture as a Wagtail image, stored once."""
    model = get_image_model()
    title = f"Demo: {name.rpartition('/')[2]}"
    found = model.objects.filter(title=title).first()
    if found is None:
        path = demo_files.FOLDER / name
        with path.open("rb") as opened:
            found = model(title=title, description=description)
            found.file.save(path.name, ImageFile(opened, name=path.name), save=False)
            found.save()
    return found


def text_page(
    name: str, home: HomePage, locale: Locale, write: Write, **more: Any
) -> None:
    matter, html = read_markdown(name, locale.language_code)
    fields = {
        "title": matter["title"],
        "slug": matter["slug"],
        "search_description": matter["summary"],
        "lead": matter["summary"],
        "body": [block("text", html, name)],
        **more,
    }
    put(ContentPage, name, home, locale, fields, write)


def blog(home: HomePage, locale: Locale, write: Write) -> None:
    index = put(
        BlogIndexPage,
        "blog",
        home,
        locale,
        {
            "title": "Blog",
            "slug": "blog",
            "lead": WORDS[locale.language_code]["blog"],
            "search_description": WORDS[locale.language_code]["blog"],
            "show_in_menus": True,
        },
        write,
    )
    for name in demo_files.names("blog"):
        matter, html = read_markdown(name, locale.language_code)
        picture = image(matter["image"], matter["image_alt"])
        fields = {
            "title": matter["title"],
            "slug": matter["slug"],
            "date": matter["date"],
            "summary": matter["summary"],
            "search_description": matter["summary"],
            "author": matter["author"],
            "image": picture,
            "image_alt": matter["image_alt"],
            "social_image": picture,
            "body": [block("text", html, name)],
        }
        put(BlogPostPage, name, index, locale, fields, write)


def contact(home: HomePage, locale: Locale, write: Write) -> None:
    content = read_yaml("contact", locale.language_code)
    fields = {
        "title": content["title"],
        "slug": content["slug"],
        "search_description": content["summary"],
        "lead": content["intro"],
        "button": content["submit"],
        "thanks_title": content["thank_you"]["title"],
        "thanks_text": paragraph(content["thank_you"]["text"]),
        "form_fields": [
            form_field(place, field) for place, field in enumerate(content["fields"])
        ],
    }
    if not FormPage.objects.filter(
        locale=locale, translation_key=key("contact")
    ).exists():
        put(FormPage, "contact", home, locale, fields, write)


def form_field(place: int, field: dict[str, Any]) -> FormField:
    return FormField(
        sort_order=place,
        clean_name=field["name"],
        label=field["label"],
        field_type=FIELD_KINDS[field["kind"]],
        required=field["required"],
        help_text=field.get("help", ""),
        choices="\n".join(choice["label"] for choice in field.get("choices", [])),
    )


def footer(home: HomePage, locale: Locale) -> None:
    """Three columns: school, learning, legal; links whose page is missing are left out."""
    words = WORDS[locale.language_code]
    columns = [
        (words["school"], ["about", "blog", "contact"]),
        (words["learn"], ["catalogue", "pricing"]),
        (words["legal"], list(LEGAL)),
    ]
    raw = [
        block(
            "column",
            {"title": title, "links": demo_links.footer_links(wanted, locale, title)},
            f"footer/{place}",
        )
        for place, (title, wanted) in enumerate(columns)
    ]
    menu = FooterMenu.objects.filter(locale=locale).first()
    if menu is None:
        menu = FooterMenu(locale=locale, translation_key=key("footer"))
    elif menu.translation_key != key("footer"):
        return
    kept = [column for column in raw if column["value"]["links"]]
    if menu.columns.get_prep_value() != kept:
        menu.columns = kept
        menu.save()
