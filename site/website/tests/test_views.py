from typing import Any

import pytest
import time_machine
from django.test import Client
from wagtail.models import PageViewRestriction

from website.tasks import publish_scheduled
from website.tests import make

ORIGIN = {"origin": "http://testserver"}


def choose(client: Client, headers: dict[str, str] = ORIGIN, **data: str) -> Any:
    return client.post("/en/theme/", data, headers=headers)


def test_a_theme_is_kept_and_leads_back(homes: Any) -> None:
    client = Client()
    response = choose(client, theme="dark", next="/en/?x=1")
    assert response["Location"] == "/en/?x=1"
    assert client.cookies["theme"].value == "dark"
    assert b'data-theme="dark"' in client.get("/en/").content


def test_the_systems_theme_needs_no_cookie(homes: Any) -> None:
    client = Client()
    choose(client, theme="dark")
    choose(client, theme="system")
    assert client.cookies["theme"].value == ""


def test_the_theme_form_needs_no_token(homes: Any) -> None:
    assert choose(Client(enforce_csrf_checks=True), theme="dark").status_code == 302


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}])
def test_another_site_cannot_choose_the_theme(
    homes: Any, headers: dict[str, str]
) -> None:
    response = choose(Client(), headers, theme="dark")
    assert response.status_code == 403
    assert not response.cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_the_theme_form_only_leads_to_this_site(homes: Any, target: str) -> None:
    assert choose(Client(), theme="dark", next=target)["Location"] == "/"


def test_an_unknown_theme_changes_nothing(homes: Any) -> None:
    assert not choose(Client(), theme="pink").cookies
    assert Client().get("/en/theme/").status_code == 405


def sitemap() -> str:
    response = Client().get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    return str(response.content.decode())


def test_the_sitemap_lists_public_pages_with_their_translations(homes: Any) -> None:
    page = make.content(homes["es"], "Escuela", slug="escuela")
    make.content(
        homes["en"], "School", slug="school", translation_key=page.translation_key
    )
    xml = sitemap()
    assert "<loc>http://localhost:8000/es/</loc>" in xml
    assert 'hreflang="en" href="http://localhost:8000/en/school/"' in xml


def test_the_sitemap_leaves_out_hidden_private_and_draft_pages(homes: Any) -> None:
    make.content(homes["es"], "A", slug="aaa", hidden_from_engines=True)
    make.content(homes["es"], "B", slug="bbb").unpublish()
    private = make.content(homes["es"], "C", slug="ccc")
    PageViewRestriction.objects.create(page=private, restriction_type="login")
    xml = sitemap()
    assert not [slug for slug in ("aaa", "bbb", "ccc") if slug in xml]


def test_the_sitemap_follows_a_change_at_once(homes: Any) -> None:
    assert "nueva" not in sitemap()
    make.content(homes["es"], "Nueva", slug="nueva")
    assert "nueva" in sitemap()


def test_a_big_sitemap_costs_no_more_queries(
    homes: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(15):
        make.content(homes["es"], f"P{number}")
    with django_assert_max_num_queries(45):
        assert sitemap().count("<loc>") == 17


def test_robots_names_the_sitemap(homes: Any) -> None:
    text = Client().get("/robots.txt").content.decode()
    assert "Sitemap: http://localhost:8000/sitemap.xml" in text
    assert "Disallow: /admin/" in text


def test_the_feed_has_the_posts_of_its_language(homes: Any) -> None:
    make.blog(homes["en"], posts=2)
    english = Client().get("/en/feed/").content.decode()
    assert english.index("Post 1") < english.index("Post 0")
    assert 'xml:lang="en"' in english
    assert "http://localhost:8000/en/blog/post-1/" in english
    assert "Post" not in Client().get("/es/feed/").content.decode()


def test_planned_pages_are_published_when_their_time_comes(homes: Any) -> None:
    from datetime import timedelta

    from django.utils.timezone import now

    page = make.content(homes["es"], "Luego", slug="luego")
    page.unpublish()
    page.go_live_at = now() + timedelta(hours=1)
    page.save_revision().publish()
    assert Client().get("/es/luego/").status_code == 404
    with time_machine.travel(now() + timedelta(hours=2)):
        publish_scheduled()
        publish_scheduled()
    assert Client().get("/es/luego/").status_code == 200


def test_the_dashboard_and_profile_greet_their_owner(
    homes: Any, alice: Any, client_of: Any
) -> None:
    client = client_of(alice)
    assert "Hello, Alice" in client.get("/en/dashboard/").content.decode()
    assert alice.email in client.get("/en/profile/").content.decode()
    assert Client().get("/en/dashboard/").status_code == 302
