from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Page, Site

from website import demo, groups
from website.models import BlogPostPage, FormPage, HomePage


@pytest.fixture
def loaded(db: None) -> list[str]:
    said: list[str] = []
    groups.setup()
    demo.load(said.append)
    demo.finish(said.append)
    return said


def test_both_languages_are_there_and_linked(loaded: list[str]) -> None:
    spanish, english = HomePage.objects.order_by("-locale__language_code")
    assert spanish.translation_key == english.translation_key
    assert Site.objects.get().root_page_id == spanish.pk
    for path in ("/es/", "/en/", "/es/blog/", "/en/contact/", "/es/la-escuela/"):
        assert Client().get(path).status_code == 200


def test_wagtails_welcome_page_is_gone(loaded: list[str]) -> None:
    assert not Page.objects.filter(title__startswith="Welcome to your new").exists()


def test_loading_again_changes_nothing(loaded: list[str]) -> None:
    before = list(Page.objects.order_by("pk").values_list("pk", "latest_revision_id"))
    demo.load(loaded.append)
    demo.finish(loaded.append)
    after = list(Page.objects.order_by("pk").values_list("pk", "latest_revision_id"))
    assert after == before
    assert FormPage.objects.first().form_fields.count() == 4


def test_what_a_person_edited_stays(loaded: list[str], owner: Any) -> None:
    post = BlogPostPage.objects.filter(locale__language_code="es").first()
    post.title = "Mi título"
    post.save_revision(user=owner).publish(user=owner)
    demo.load(loaded.append)
    assert BlogPostPage.objects.get(pk=post.pk).title == "Mi título"


def test_menus_show_what_they_should(loaded: list[str]) -> None:
    html = Client().get("/en/").content.decode()
    head, foot = html.split("<footer")
    assert 'href="/en/blog/"' in head
    assert 'href="/en/about/"' in head
    assert 'href="/en/risk-notice/"' in foot or "Risk notice" in foot


def test_owners_may_do_everything(loaded: list[str]) -> None:
    owners = Group.objects.get(name="Owners")
    assert owners.permissions.filter(codename="change_schoolsettings").exists()
    assert not owners.permissions.filter(codename="change_auditevent").exists()
