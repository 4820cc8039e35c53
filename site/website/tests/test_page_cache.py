from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from website import version
from website.tests import make


@pytest.fixture
def about(homes: Any) -> Any:
    return make.content(homes["en"], "About", "First words.", slug="about")


def get(client: Client, path: str = "/en/about/", **headers: str) -> Any:
    return client.get(path, headers=headers)


def test_the_second_visitor_gets_the_kept_page(about: Any) -> None:
    first, second = get(Client()), get(Client())
    assert first["X-AMI-Cache"] == "miss"
    assert second["X-AMI-Cache"] == "hit"
    assert second.content == first.content
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]


def test_a_hit_asks_the_database_nothing(
    about: Any, django_assert_num_queries: Any
) -> None:
    get(Client())
    with django_assert_num_queries(0):
        assert get(Client())["X-AMI-Cache"] == "hit"


def test_publishing_shows_the_new_text_at_once(about: Any) -> None:
    get(Client())
    about.body = make.text("Second words.")
    about.save_revision().publish()
    assert b"Second words." in get(Client()).content


def test_a_draft_leaves_the_kept_page_alone(about: Any) -> None:
    get(Client())
    about.body = make.text("Not yet.")
    about.save_revision()
    assert get(Client())["X-AMI-Cache"] == "hit"


def test_unpublishing_and_deleting_take_the_page_away(about: Any) -> None:
    get(Client())
    about.unpublish()
    assert get(Client()).status_code == 404
    about.save_revision().publish()
    assert get(Client()).status_code == 200
    about.delete()
    assert get(Client()).status_code == 404


def test_the_site_without_its_cache_still_answers(
    about: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.cache.FailOpenRedisCache._closed_until", 0.0)
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.FailOpenRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    for _visit in range(2):
        assert get(Client())["X-AMI-Cache"] == "miss"


def test_signed_in_people_and_visitors_never_share_a_page(
    about: Any, alice: Any, bob: Any, client_of: Any
) -> None:
    visitor = get(Client()).content.decode()
    as_alice = get(client_of(alice))
    as_bob = get(client_of(bob))
    again = get(Client())
    assert "Sign in" not in as_alice.content.decode()
    assert '<span aria-hidden="true">A</span>' in as_alice.content.decode()
    assert '<span aria-hidden="true">B</span>' in as_bob.content.decode()
    assert "X-AMI-Cache" not in as_alice
    assert "private" in as_alice["Cache-Control"]
    assert again["X-AMI-Cache"] == "hit"
    assert again.content.decode() == visitor
    assert "Sign in" in visitor


def test_each_theme_has_its_own_copy(about: Any) -> None:
    dark, plain = Client(), Client()
    dark.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in get(dark).content
    assert b'data-theme="system"' in get(plain).content
    assert b'data-theme="dark"' in get(dark).content
    assert get(dark)["X-AMI-Cache"] == "hit"


def test_an_unknown_theme_makes_no_copy_of_its_own(about: Any) -> None:
    get(Client())
    odd = Client()
    odd.cookies["theme"] = "<script>"
    assert get(odd)["X-AMI-Cache"] == "hit"


def test_questions_htmx_and_posts_pass_by(about: Any) -> None:
    get(Client())
    assert "X-AMI-Cache" not in get(Client(), "/en/about/?x=1")
    assert "X-AMI-Cache" not in get(Client(), **{"HX-Request": "true"})
    assert "X-AMI-Cache" not in Client().head("/en/about/")


def test_a_page_with_a_form_token_is_not_kept(homes: Any) -> None:
    make.form(homes["en"])
    first, second = get(Client(), "/en/contact/"), get(Client(), "/en/contact/")
    assert first.status_code == second.status_code == 200
    assert "X-AMI-Cache" not in second
    assert "csrfmiddlewaretoken" in second.content.decode()


def test_a_visitor_page_opens_no_session(about: Any) -> None:
    response = get(Client())
    assert not response.cookies
    assert response["Cache-Control"].startswith("public, max-age=0")
    assert response["Vary"] == "Cookie"


def test_an_unchanged_page_is_not_sent_twice(about: Any) -> None:
    get(Client())
    tag = get(Client())["ETag"]
    response = get(Client(), **{"If-None-Match": tag})
    assert response.status_code == 304
    assert response.content == b""


def test_the_start_page_follows_the_reader_every_time(homes: Any) -> None:
    assert get(Client(), "/", **{"Accept-Language": "en"})["Location"] == "/en/"
    assert get(Client(), "/", **{"Accept-Language": "es"})["Location"] == "/es/"


def test_a_rolled_back_change_does_not_keep_the_old_version(homes: Any) -> None:
    before = version.current()
    version.bump()
    assert version.current() != before


def test_a_request_sees_only_its_own_changes_of_the_version(homes: Any) -> None:
    with version.steady():
        first = version.current()
        cache.set(version.KEY, "another process published")
        assert version.current() == first
        version.bump()
        assert version.current() not in {first, "another process published"}
    assert version.current() == cache.get(version.KEY)


def test_a_page_asks_for_its_version_once(
    about: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(Client())
    asked: list[str] = []
    read = version._read
    monkeypatch.setattr(version, "_read", lambda key: asked.append(key) or read(key))
    assert get(Client())["X-AMI-Cache"] == "hit"
    Client().get("/en/about/?again")
    assert asked == [version.KEY] * 2
