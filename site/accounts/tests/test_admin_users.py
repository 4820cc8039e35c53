from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
WORDS = {"password1": "a-long-and-odd-one-71", "password2": "a-long-and-odd-one-71"}


def test_an_owner_adds_a_person_who_can_sign_in_at_once(
    owner: User, client_of: Callable[[User], Client]
) -> None:
    editors = Group.objects.get(name="Editors")
    data = {
        "email": "new@example.com", "name": "New Editor", "language": "en",
        "timezone": "Europe/Madrid", "groups": [editors.pk], **WORDS,
    }  # fmt: skip
    answer = client_of(owner).post("/admin/users/new/", data)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert EmailAddress.objects.get(email="new@example.com").verified
    login = {"login": "new@example.com", "password": WORDS["password1"]}
    assert Client().post("/en/accounts/login/", login).status_code == 302


def test_an_owner_renames_a_person(
    owner: User, alice: User, client_of: Callable[[User], Client]
) -> None:
    data = {
        "email": alice.email, "name": "Alice Ames", "language": "es",
        "timezone": "America/Lima", "is_active": "on",
    }  # fmt: skip
    url = f"/admin/users/edit/{alice.pk}/"
    assert client_of(owner).post(url, data).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.timezone) == ("Alice Ames", "America/Lima")


def test_the_admins_own_settings_can_be_saved(
    owner: User, client_of: Callable[[User], Client]
) -> None:
    data = {
        "notifications-submitted_notifications": "on",
        "locale-preferred_language": "es",
        "locale-current_time_zone": "Europe/Madrid",
        "theme-theme": "dark", "theme-density": "default", "theme-contrast": "system",
        "theme-keyboard_shortcuts": "on",
    }  # fmt: skip
    assert client_of(owner).post("/admin/account/", data).status_code == 302
    owner.refresh_from_db()
    assert owner.wagtail_userprofile.theme == "dark"


def test_editors_may_translate_and_edit_topics(editor: User) -> None:
    call_command("setup_groups")
    fresh = User.objects.get(pk=editor.pk)
    assert fresh.has_perm("simple_translation.submit_translation")
    assert fresh.has_perm("courses.change_topic")
