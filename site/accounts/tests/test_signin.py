import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import User
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"  # of the cast in conftest.py

NEW = {
    "name": "Nora Nueva",
    "email": "Nora@Example.com",
    "password1": "a-long-and-odd-one-71",
}


def deliver() -> None:
    Message.objects.update(next_at=timezone.now())
    queue.sweep()


def link_in(message: Any, pattern: str) -> str:
    found = re.search(rf"https?://[^/\s]+({pattern}\S*)", message.body)
    assert found, message.body
    return found.group(1)


def test_signing_up_mails_a_link_and_confirming_signs_in() -> None:
    client = Client()
    answer = client.post("/es/accounts/signup/", NEW)
    assert answer.status_code == 302
    user = User.objects.get(email="nora@example.com")
    assert (user.name, user.language) == ("Nora Nueva", "es")
    deliver()
    assert mail.outbox[0].to == ["nora@example.com"]
    path = link_in(mail.outbox[0], "/es/accounts/confirm-email/")
    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get(user=user).verified
    client.post(path)
    assert EmailAddress.objects.get(user=user).verified
    assert client.get("/es/dashboard/").status_code == 200


def test_an_unconfirmed_address_does_not_open_the_dashboard() -> None:
    client = Client()
    client.post("/en/accounts/signup/", NEW)
    assert client.get("/en/dashboard/").status_code == 302


def test_signing_up_again_does_not_tell_that_the_account_exists(alice: User) -> None:
    known = Client().post("/en/accounts/signup/", {**NEW, "email": alice.email})
    fresh = Client().post("/en/accounts/signup/", NEW)
    assert (known.status_code, known["Location"]) == (
        fresh.status_code,
        fresh["Location"],
    )
    assert User.objects.filter(email=alice.email).count() == 1


def test_a_short_password_is_refused_with_the_reason() -> None:
    answer = Client().post("/en/accounts/signup/", {**NEW, "password1": "short"})
    assert answer.status_code == 200
    assert b"at least 12 characters" in answer.content
    assert not User.objects.filter(email="nora@example.com").exists()


def test_a_forgotten_password_is_reset_by_mail_once(alice: User) -> None:
    Client().post("/en/accounts/password/reset/", {"email": alice.email})
    deliver()
    path = link_in(mail.outbox[0], "/en/accounts/password/reset/key/")
    client = Client()
    page = client.get(path, follow=True)
    new = {"password1": "another-long-one-88", "password2": "another-long-one-88"}
    client.post(page.redirect_chain[-1][0], new)
    alice.refresh_from_db()
    assert alice.check_password(new["password1"])
    again = Client().get(path, follow=True)
    assert b"password1" not in again.content


def test_signing_in_leads_to_the_dashboard(alice: User) -> None:
    answer = Client().post(
        "/en/accounts/login/",
        {"login": "ALICE@example.com", "password": "correct-horse-battery"},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/en/dashboard/")


@pytest.mark.parametrize("path", ["/en/dashboard/", "/en/profile/"])
def test_strangers_are_asked_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("path", ["/admin/login/", "/django-admin/login/"])
def test_there_is_one_way_in(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_the_profile_is_saved_and_validated(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    good = {"name": "Alicia", "language": "es", "timezone": "America/Santiago"}
    assert client.post("/en/profile/", good).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.language, alice.timezone) == tuple(good.values())
    bad = client.post("/en/profile/", {**good, "timezone": "Mars/Olympus"})
    assert bad.status_code == 200
    assert b"Mars/Olympus" in bad.content


@pytest.mark.parametrize(
    ("accepts", "where"),
    [("en-GB,en;q=0.9", "/en/"), ("fr", "/es/"), ("es-CL", "/es/")],
)
def test_the_start_page_answers_in_the_readers_language(
    accepts: str, where: str
) -> None:
    answer = Client().get("/", headers={"accept-language": accepts})
    assert (answer.status_code, answer["Location"]) == (302, where)


@override_settings(STAFF_MFA_REQUIRED=True)
def test_staff_without_a_second_factor_reach_no_admin_page(
    owner: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(owner)
    for path in ("/admin/", "/admin/pages/", "/django-admin/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/es/accounts/2fa/")


def test_editors_see_the_admin_in_their_language(
    editor: User, client_of: Callable[[User], Client]
) -> None:
    for language in ("es", "en"):
        editor.language = language
        editor.save()
        page = client_of(editor).get("/admin/", headers={"accept-language": "fr"})
        assert f'<html lang="{language}"' in page.content.decode()


def test_a_new_address_counts_once_it_is_confirmed(alice: User) -> None:
    client = Client()
    client.post("/en/accounts/login/", {"login": alice.email, "password": PASSWORD})
    form = {"email": "new@example.com", "action_add": ""}
    client.post("/en/accounts/email/", form)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    deliver()
    message = next(one for one in mail.outbox if one.to == ["new@example.com"])
    path = link_in(message, "/en/accounts/confirm-email/")
    client.post(path)
    alice.refresh_from_db()
    assert alice.email == "new@example.com"


def test_somebody_is_found_by_key_and_a_relation_finds_its_own(
    alice: User, bob: User, django_assert_num_queries: Any
) -> None:
    group = Group.objects.get(name="Editors")
    alice.groups.add(group)
    with django_assert_num_queries(1):
        assert User.objects.get(pk=alice.pk).email == alice.email
    assert group.user_set.get(pk=alice.pk) == alice
    for missing in (
        lambda: group.user_set.get(pk=bob.pk),
        lambda: User.objects.get(pk=0),
    ):
        with pytest.raises(User.DoesNotExist):
            missing()
