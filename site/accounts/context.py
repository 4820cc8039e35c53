"""What every page knows about the person: nothing is asked of anonymous sessions."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import hooks
from accounts.models import User

ACCOUNT_PAGES_BELOW = 90  # menu entries from there on leave the account's own pages


def account(request: HttpRequest) -> dict[str, Any]:
    """signed_in, account_menu, account_nav, account_name and banners.

    A visitor without a session cookie costs no query. Rooms are asked once a request,
    however many templates of it are rendered.
    """
    user = (
        getattr(request, "user", None)
        if settings.SESSION_COOKIE_NAME in request.COOKIES
        else None
    )
    if user is None or not user.is_authenticated:
        return {
            "signed_in": False,
            "account_menu": [],
            "account_nav": [],
            "banners": [],
        }
    kept: tuple[int, dict[str, Any]] | None = getattr(request, "_account_context", None)
    if kept is None or kept[0] != user.pk:
        kept = (user.pk, _of_person(request, user))
        request._account_context = kept  # type: ignore[attr-defined]
    return kept[1]


def _of_person(request: HttpRequest, user: User) -> dict[str, Any]:
    menu = hooks.account_menu(request)
    return {
        "signed_in": True,
        "account_name": str(user),
        "account_picture": user.avatar.url if user.avatar else "",
        "account_menu": menu,
        "account_nav": [link for link in menu if link.order < ACCOUNT_PAGES_BELOW],
        "banners": hooks.banners(request),
    }
