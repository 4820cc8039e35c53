from typing import Any

import pytest
from django.test import Client

from accounts import privacy
from accounts.models import Consent, User
from website.models import ContentPage
from website.tests import make

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Nora",
    "email": "nora@example.com",
    "password1": "a-long-and-odd-one-71",
}


@pytest.fixture
def terms() -> ContentPage:
    page: ContentPage = make.content(
        make.homes()["en"], "Terms of use", accepted_at_sign_up=True
    )
    return page


def sign_up(**more: str) -> Any:
    return Client().post("/en/accounts/signup/", {**NEW, **more})


def test_people_accept_the_terms_and_the_version_is_kept(terms: ContentPage) -> None:
    form = Client().get("/en/accounts/signup/").content.decode()
    assert f'href="{terms.url}"' in form
    assert sign_up(consent="on").status_code == 302
    kept = Consent.objects.get(user__email="nora@example.com")
    assert kept.document == terms.translation_key
    assert (kept.title, kept.language) == ("Terms of use", "en")
    assert str(terms.live_revision_id) in kept.version
    terms.title = "Other terms"
    terms.save_revision().publish()
    kept.refresh_from_db()
    assert kept.title == "Terms of use"


def test_nobody_signs_up_without_accepting(terms: ContentPage) -> None:
    answer = sign_up()
    assert answer.status_code == 200
    assert "need to accept" in answer.content.decode()
    assert not User.objects.filter(email="nora@example.com").exists()


def test_without_such_pages_nothing_is_asked() -> None:
    assert "consent" not in Client().get("/en/accounts/signup/").content.decode()
    assert sign_up().status_code == 302
    assert not Consent.objects.exists()


def test_the_data_copy_holds_what_was_accepted(terms: ContentPage) -> None:
    sign_up(consent="on")
    user = User.objects.get(email="nora@example.com")
    [row] = privacy.export(user)["accounts.consent"]
    assert row["title"] == "Terms of use"
