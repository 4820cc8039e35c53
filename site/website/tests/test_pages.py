from typing import Any

import pytest
from django.test import Client
from wagtail.models import Locale

from outbox.models import Message
from website import contact, home_blocks
from website.blocks import BodyBlock
from website.models import BlogIndexPage, BlogPostPage, FooterMenu, HomePage
from website.tests import make

SECTIONS = home_blocks.HomeBlock().child_blocks
PARTS = BodyBlock().child_blocks


def read(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return str(response.content.decode())


def translate(page: Any, home: HomePage, **fields: Any) -> Any:
    return make.page(
        type(page),
        home,
        f"{page.title} (en)",
        translation_key=page.translation_key,
        **fields,
    )


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_type_renders(homes: Any, language: str) -> None:
    home = homes[language]
    home.body = [(name, block.get_preview_value()) for name, block in SECTIONS.items()]
    home.save_revision().publish()
    make.blog(home, posts=1)
    make.form(home)
    body = [(name, block.get_preview_value()) for name, block in PARTS.items()]
    make.page(type(make.content(home, "First")), home, "Second", body=body)
    for path in ("", "blog/", "blog/post-0/", "contact/", "contact/?sent=1", "second/"):
        assert "<h1" in read(f"/{language}/{path}")


def test_a_home_page_has_one_heading_with_or_without_an_opening(homes: Any) -> None:
    home = homes["en"]
    assert read("/en/").count("<h1") == 1
    home.body = [("hero", SECTIONS["hero"].get_preview_value())]
    home.save_revision().publish()
    assert read("/en/").count("<h1") == 1


def test_drafts_and_unknown_paths_are_not_found(homes: Any) -> None:
    page = make.content(homes["es"], "Borrador", slug="borrador")
    page.unpublish()
    for path in ("/es/borrador/", "/es/nada/", "/es/nada/mas/", "/es/borrador/x/"):
        assert Client().get(path).status_code == 404


def test_a_deep_page_is_found_below_its_parents(homes: Any) -> None:
    parent = make.content(homes["es"], "Escuela", slug="escuela")
    make.content(parent, "Equipo", slug="equipo")
    assert "Equipo" in read("/es/escuela/equipo/")
    assert Client().get("/es/equipo/").status_code == 404


def test_the_head_names_address_translations_and_description(homes: Any) -> None:
    page = make.content(
        homes["es"], "Escuela", slug="escuela", search_description="Quiénes somos."
    )
    translate(page, homes["en"], slug="school")
    html = read("/es/escuela/")
    assert '<link rel="canonical" href="http://localhost:8000/es/escuela/">' in html
    assert 'hreflang="en" href="http://localhost:8000/en/school/"' in html
    assert 'hreflang="x-default" href="http://localhost:8000/es/escuela/"' in html
    assert '<meta name="description" content="Quiénes somos.">' in html
    assert '"BreadcrumbList"' in html


def test_the_language_link_leads_to_the_same_page_or_home(homes: Any) -> None:
    page = make.content(homes["es"], "Escuela", slug="escuela")
    assert 'href="/en/" lang="en"' in read("/es/escuela/")
    translate(page, homes["en"], slug="school")
    assert 'href="/en/school/" lang="en"' in read("/es/escuela/")


def test_the_language_link_keeps_a_view_and_its_question(homes: Any) -> None:
    assert 'href="/en/search/?q=risk"' in read("/es/search/?q=risk")


def test_structured_data_cannot_break_out_of_its_element(homes: Any) -> None:
    blog = make.blog(homes["en"])
    make.page(BlogPostPage, blog, "</script><script>alert(1)</script>", slug="odd")
    assert "<script>alert(1)" not in read("/en/blog/odd/")


def test_the_main_menu_marks_where_the_reader_is(homes: Any) -> None:
    make.blog(homes["en"], posts=1)
    make.content(homes["en"], "Hidden", slug="hidden")
    html = read("/en/blog/post-0/")
    assert '<a href="/en/blog/" aria-current="page">Blog</a>' in html
    assert 'href="/en/hidden/"' not in html.split("<footer")[0]


def test_the_footer_leaves_out_drafts(homes: Any) -> None:
    kept = make.content(homes["en"], "Privacy", slug="privacy")
    draft = make.content(homes["en"], "Terms", slug="terms")
    draft.unpublish()
    links = [
        {"label": page.title, "page": page, "address": ""} for page in (kept, draft)
    ]
    FooterMenu.objects.create(
        locale=Locale.objects.get(language_code="en"),
        columns=[("column", {"title": "Legal", "links": links})],
    )
    foot = read("/en/privacy/").split("<footer")[1]
    assert 'href="/en/privacy/"' in foot
    assert "Terms" not in foot


def test_the_blog_shows_the_newest_first_in_pages(homes: Any) -> None:
    make.blog(homes["en"], posts=11)
    first, second = read("/en/blog/"), read("/en/blog/?page=2")
    assert first.index("Post 10") < first.index("Post 9")
    assert "Post 1<" not in first
    assert "Post 1<" in second
    assert read("/en/blog/?page=999").count("<article") == 2


def test_a_hidden_page_asks_engines_to_leave_it(homes: Any) -> None:
    make.content(homes["en"], "Offer", slug="offer", hidden_from_engines=True)
    assert '<meta name="robots" content="noindex">' in read("/en/offer/")


def send(client: Client, stamp: str, **answers: str) -> Any:
    data = {"email": "ana@example.com", "message": "Hello", "shown": stamp, **answers}
    return client.post("/en/contact/", data)


@pytest.fixture
def stamp(monkeypatch: pytest.MonkeyPatch) -> str:
    made = contact.stamp()
    monkeypatch.setattr(contact, "MIN_SECONDS", 0)
    return made


def test_an_answer_is_kept_thanked_and_mailed_through_the_outbox(
    homes: Any, stamp: str
) -> None:
    page = make.form(homes["en"])
    response = send(Client(), stamp)
    assert response["Location"] == "/en/contact/?sent=1"
    assert "Thank you, read" in read(response["Location"])
    assert page.get_submissions().get().form_data["message"] == "Hello"
    message = Message.objects.get(kind="form-mail")
    assert message.payload["to"] == "school@example.com"
    assert ["Message", "Hello"] in message.payload["answers"]


def test_the_mail_says_what_was_answered(
    homes: Any, stamp: str, mailoutbox: Any
) -> None:
    from outbox import queue

    make.form(homes["en"])
    send(Client(), stamp, message="<b>Bold</b> & plain")
    queue.sweep()
    (mail,) = mailoutbox
    assert mail.to == ["school@example.com"]
    assert "<b>Bold</b> & plain" in mail.body
    assert "&lt;b&gt;Bold" in str(mail.alternatives[0])


def test_a_robot_is_thanked_and_forgotten(homes: Any, stamp: str) -> None:
    page = make.form(homes["en"])
    assert send(Client(), stamp, website_address="https://spam").status_code == 302
    assert not page.get_submissions().exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("given", ["", "made-up", "fresh"])
def test_a_form_sent_too_soon_or_without_stamp_is_asked_for_again(
    homes: Any, given: str
) -> None:
    page = make.form(homes["en"])
    response = send(Client(), contact.stamp() if given == "fresh" else given)
    assert response.status_code == 200
    assert "Hello" in response.content.decode()
    assert not page.get_submissions().exists()


def test_a_wrong_answer_names_the_field(homes: Any, stamp: str) -> None:
    make.form(homes["en"])
    html = send(Client(), stamp, email="nobody").content.decode()
    assert 'href="#id_email"' in html
    assert 'aria-invalid="true"' in html


@pytest.mark.parametrize("path", ["/en/", "/en/deep/er/"])
def test_a_page_costs_few_queries(
    homes: Any, path: str, django_assert_max_num_queries: Any
) -> None:
    make.content(make.content(homes["en"], "Deep", slug="deep"), "Er", slug="er")
    Client().get("/en/blog/")
    read(path)
    make.content(homes["en"], "Another")
    Client().get("/en/another/")
    with django_assert_max_num_queries(9):
        read(path)


def count(path: str, django_assert_max_num_queries: Any) -> int:
    with django_assert_max_num_queries(30) as captured:
        read(path)
    return len(captured)


def test_a_long_blog_costs_no_more_queries(
    homes: Any, django_assert_max_num_queries: Any
) -> None:
    make.blog(homes["es"], posts=3)
    read("/es/blog/")  # makes the renditions
    read("/es/blog/?warm=1")
    few = count("/es/blog/?x=1", django_assert_max_num_queries)
    make.post_pages(BlogIndexPage.objects.get(), range(3, 30))
    read("/es/blog/")
    many = count("/es/blog/?x=1", django_assert_max_num_queries)
    assert "Post 29" in read("/es/blog/")
    assert many == few
