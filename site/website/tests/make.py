"""Small pieces of a public site for tests."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.core.files.images import ImageFile
from PIL import Image as Picture
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, Site

from website.models import (
    BlogIndexPage,
    BlogPostPage,
    ContentPage,
    FormField,
    FormPage,
    HomePage,
)


def homes() -> dict[str, HomePage]:
    """A home page in each language, the Spanish one as the site's root."""
    found: dict[str, HomePage] = {}
    root = Page.get_first_root_node()
    for language in ("es", "en"):
        locale, _created = Locale.objects.get_or_create(language_code=language)
        home = HomePage(
            title=f"AMI {language}", slug=f"front-{language}", locale=locale
        )
        if found:
            home.translation_key = found["es"].translation_key
        found[language] = root.add_child(instance=home)
    site = Site.objects.get(is_default_site=True)
    site.root_page = found["es"]
    site.save()
    return found


def page(model: type[Page], parent: Page, title: str, **fields: Any) -> Any:
    """A published page below parent, in its language."""
    made = model(title=title, locale=parent.locale, **fields)
    parent.add_child(instance=made)
    made.save_revision().publish()
    return model.objects.get(pk=made.pk)


def text(body: str) -> list[tuple[str, str]]:
    return [("text", f"<p>{body}</p>")]


def content(parent: Page, title: str, body: str = "Some text.", **fields: Any) -> Any:
    return page(ContentPage, parent, title, body=text(body), **fields)


def blog(home: HomePage, posts: int = 0) -> BlogIndexPage:
    index: BlogIndexPage = page(BlogIndexPage, home, "Blog", show_in_menus=True)
    post_pages(index, range(posts))
    return index


def post_pages(index: BlogIndexPage, numbers: range) -> None:
    """Posts named by number, a day apart, all with one picture."""
    picture = get_image_model().objects.first() or image()
    for number in numbers:
        page(
            BlogPostPage,
            index,
            f"Post {number}",
            summary=f"Summary {number}",
            date=date(2026, 1, 1) + timedelta(days=number),
            image=picture,
            body=text("Words."),
        )


def image(title: str = "Picture") -> Any:
    data = BytesIO()
    Picture.new("RGB", (1200, 800), "#0B5D57").save(data, "PNG")
    file = ImageFile(BytesIO(data.getvalue()), name="picture.png")
    return get_image_model().objects.create(title=title, file=file)


def form(home: HomePage, to_address: str = "school@example.com") -> FormPage:
    made: FormPage = page(
        FormPage, home, "Contact", to_address=to_address, thanks_title="Thank you, read"
    )
    kinds = [("E-mail", "email", "email"), ("Message", "message", "multiline")]
    made.form_fields = [
        FormField(label=label, clean_name=name, field_type=kind, sort_order=place)
        for place, (label, name, kind) in enumerate(kinds)
    ]
    made.save()
    return made
