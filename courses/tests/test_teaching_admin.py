"""Instructors, topics and levels in the administration: language, drafts, who publishes."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from accounts.models import User
from courses.models import Instructor, Topic
from courses.tests import make
from courses.tests.make import text

pytestmark = pytest.mark.django_db
ADD = "/admin/snippets/courses/topic/add/"


@pytest.fixture(autouse=True)
def _rights(db):
    call_command("setup_groups")


@pytest.fixture
def moderator():
    found = User.objects.create_user(email="mod@example.com", language="en")
    found.groups.add(Group.objects.get(name="Moderators"))
    return found


def in_language(user, code):
    user.language = code
    user.save(update_fields=["language"])
    return user


@pytest.mark.parametrize("code", ["en", "es"])
def test_a_new_topic_is_in_the_language_its_author_works_in(code, editor, client_of):
    make.home(code)
    client_of(in_language(editor, code)).post(ADD, {"name": "Bonds"})
    assert Topic.objects.get(name="Bonds").locale.language_code == code


def test_another_language_can_be_asked_for(editor, client_of):
    make.home("es")
    client_of(in_language(editor, "en")).post(ADD + "?locale=es", {"name": "Bonos"})
    assert Topic.objects.get(name="Bonos").locale.language_code == "es"


def test_editors_write_drafts_and_moderators_publish_them(editor, moderator, client_of):
    asked = {"name": "Bonds", "action-publish": "1"}
    client_of(editor).post(ADD, asked)
    topic = Topic.objects.get(name="Bonds")
    assert not topic.live
    client_of(moderator).post(f"/admin/snippets/courses/topic/edit/{topic.pk}/", asked)
    topic.refresh_from_db()
    assert topic.live


def test_the_list_says_what_is_a_draft(editor, client_of):
    Instructor.objects.create(name="Nora", locale=make.home().locale, live=False)
    page = client_of(in_language(editor, "en")).get(
        "/admin/snippets/courses/instructor/"
    )
    assert "draft" in text(page)


@pytest.mark.parametrize(
    ("code", "said", "not_said"), [("es", "tema", "Choose"), ("en", "Choose", "Selecc")]
)
def test_the_choice_is_asked_for_in_the_readers_language(
    code, said, not_said, editor, client_of
):
    address = "/admin/snippets/choose/courses/topic/"
    asked = client_of(in_language(editor, code)).get(address).json()["html"]
    assert said in asked
    assert not_said not in asked
