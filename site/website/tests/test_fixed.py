"""{% fixed %}: parts that are rendered once for their keys and the language."""

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from django.utils import translation

from website.tests import make

LOAD = "{% load i18n website_tags %}"


def test_a_fixed_part_is_rendered_once_for_each_key_and_language() -> None:
    asked: list[str] = []

    def shown(key: str, language: str) -> str:
        values = {"key": key, "text": lambda: asked.append(key) or key}
        with translation.override(language):
            return part.render(Context(values))

    part = Template(
        LOAD + "{% fixed key %}{{ text }} {% translate 'Search' %}{% endfixed %}"
    )
    assert shown("a", "en") == shown("a", "en") == "a Search"
    assert shown("b", "en") == "b Search"
    assert shown("a", "es") == "a Buscar"
    assert asked == ["a", "b", "a"]


def test_a_fixed_part_holds_nothing_of_a_reader() -> None:
    inside = '{% personal "account" %}{{ account_name }}{% endpersonal %}'
    with pytest.raises(TemplateSyntaxError):
        Template(LOAD + "{% fixed %}" + inside + "{% endfixed %}")


@pytest.mark.django_db
def test_the_footer_follows_its_menu_and_the_header_its_reader(
    homes: Any, alice: Any, client_of: Any
) -> None:
    about = make.content(homes["en"], "About", "Words.", slug="about")
    assert "About" in footer(Client())
    about.title = "About us"
    about.save_revision().publish()
    assert "About us" in footer(Client())
    assert "Sign in" in page(Client())
    assert "Sign in" not in page(client_of(alice))
    assert "Sign in" in page(Client())


def page(client: Client) -> str:
    return client.get("/en/").content.decode()


def footer(client: Client) -> str:
    return page(client).partition('class="site-footer"')[2]
