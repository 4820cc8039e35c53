from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation
from wagtail import hooks

from accounts.hooks import HOOK_BANNERS, HOOK_DASHBOARD, HOOK_MENU, address
from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_room() -> Iterator[None]:
    def explode(request: object) -> None:
        User.objects.raw("SELECT no_such_column FROM accounts_user")[0]

    with (
        hooks.register_temporarily(HOOK_DASHBOARD, explode),
        hooks.register_temporarily(HOOK_MENU, explode),
        hooks.register_temporarily(HOOK_BANNERS, explode),
    ):
        yield


def test_a_room_that_raises_costs_its_panel_not_the_page(
    alice: User, client_of: Callable[[User], Client], broken_room: None
) -> None:
    answer = client_of(alice).get("/en/dashboard/")
    assert answer.status_code == 200
    assert b"Alice" in answer.content


def test_addresses_of_the_menu_follow_the_language() -> None:
    for code in ("es", "en", "es"):
        with translation.override(code):
            assert address("accounts:dashboard") == f"/{code}/dashboard/"
