import json
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from wagtail import hooks

from accounts.hooks import HOOK_ERASE_BLOCKED
from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_copy_holds_the_account_and_no_secret(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(alice).get("/en/data/download/")
    assert answer["Content-Disposition"].startswith("attachment")
    copy = json.loads(answer.content)
    assert copy["accounts.user"][0]["email"] == alice.email
    assert copy["account.emailaddress"][0]["verified"] is True
    assert "password" not in answer.content.decode()


def test_the_copy_holds_nobody_else(
    alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    assert bob.email.encode() not in client_of(alice).get("/en/data/download/").content


def test_erasing_needs_the_own_address(
    alice: User, bob: User, client_of: Callable[[User], Client]
) -> None:
    answer = client_of(alice).post("/en/data/", {"email": bob.email})
    assert b"not the address of this account" in answer.content
    alice.refresh_from_db()
    assert alice.is_active


def test_erasing_forgets_name_address_and_sign_in(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    answer = client.post("/en/data/", {"email": "alice@example.com"})
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.is_active, alice.has_usable_password()) == (
        "",
        False,
        False,
    )
    assert "alice" not in alice.email
    assert not EmailAddress.objects.filter(user=alice).exists()
    assert client.get("/en/dashboard/").status_code == 302


def test_a_room_may_ask_to_wait(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    with hooks.register_temporarily(HOOK_ERASE_BLOCKED, lambda user: "Cancel first."):
        answer = client_of(alice).post("/en/data/", {"email": alice.email})
    assert b"Cancel first." in answer.content
    alice.refresh_from_db()
    assert alice.is_active
