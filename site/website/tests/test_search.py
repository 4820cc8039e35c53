from typing import Any

import pytest
from django.test import Client
from wagtail import hooks

from website.hooks import HOOK_SEARCH
from website.tests import make

BACKENDS = {
    "default": {"BACKEND": "website.search_backend", "SEARCH_CONFIG": "ami_es"},
    "en": {
        "BACKEND": "website.search_backend",
        "SEARCH_CONFIG": "ami_en",
        "AUTO_UPDATE": False,
    },
}


@pytest.fixture
def school(settings: Any, homes: Any, django_capture_on_commit_callbacks: Any) -> Any:
    settings.WAGTAILSEARCH_BACKENDS = BACKENDS
    with django_capture_on_commit_callbacks(execute=True):
        make.content(homes["es"], "Gestión del riesgo", "Los análisis técnicos.")
        make.content(homes["en"], "Trading journals", "Losing weeks and reviews.")
    return homes


def search(question: str, language: str = "es") -> str:
    response = Client().get(f"/{language}/search/", {"q": question})
    assert response.status_code == 200
    return str(response.content.decode().split("<main")[1].split("</main>")[0])


@pytest.mark.parametrize(
    "question",
    ["gestion", "GESTIÓN", "gestiones", "analisis tecnico", "riesgos", "técnico"],
)
def test_spanish_ignores_accents_and_endings(school: Any, question: str) -> None:
    html = search(question)
    assert "Gestión del riesgo" in html
    assert "exactly" not in html


@pytest.mark.parametrize("question", ["journal", "week", "traded", "reviewing"])
def test_english_ignores_endings(school: Any, question: str) -> None:
    html = search(question, "en")
    assert "Trading journals" in html
    assert "exactly" not in html


def test_each_language_finds_its_own_pages(school: Any) -> None:
    assert "Trading journals" not in search("journal", "es")
    assert "Gestión" not in search("riesgo", "en")


def test_a_typing_error_is_forgiven_and_said(school: Any) -> None:
    html = search("jurnals", "en")
    assert "Trading journals" in html
    assert "Nothing has exactly these words" in html


def test_nothing_found_says_what_to_try(school: Any) -> None:
    assert "Nothing found for “zzzzqqq”" in search("zzzzqqq", "en")


def test_drafts_and_private_pages_stay_hidden(
    school: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from wagtail.models import PageViewRestriction

    with django_capture_on_commit_callbacks(execute=True):
        draft = make.content(school["es"], "Borrador secreto", "secretísimo")
        draft.unpublish()
        private = make.content(school["es"], "Solo socios", "secretísimo")
        PageViewRestriction.objects.create(page=private, restriction_type="login")
    html = search("secretisimo")
    assert "Borrador secreto" not in html
    assert "Solo socios" not in html


def test_a_room_can_narrow_what_is_found(school: Any) -> None:
    with hooks.register_temporarily(HOOK_SEARCH, lambda request, pages: pages.none()):
        assert "Gestión del riesgo" not in search("gestion")
    with hooks.register_temporarily(HOOK_SEARCH, lambda request, pages: pages):
        assert "Gestión del riesgo" in search("gestion")


@pytest.mark.parametrize(
    "question", ["'; DROP TABLE x; --", "a & | !", "%", "\\", "\x00"]
)
def test_odd_characters_do_no_harm(school: Any, question: str) -> None:
    search(question)


def test_a_question_that_is_too_long_is_refused(school: Any) -> None:
    assert Client().get("/es/search/", {"q": "a" * 201}).status_code == 400


def test_more_results_cost_no_more_queries(
    school: Any,
    django_capture_on_commit_callbacks: Any,
    django_assert_max_num_queries: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(12):
            make.content(school["es"], f"Gestión {number}")
    search("gestion")
    with django_assert_max_num_queries(9):
        text = search("gestion")
    assert "13 resultados" in text
