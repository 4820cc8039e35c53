"""What every page knows about the person: nothing is asked of anonymous sessions."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import hooks


def account(request: HttpRequest) -> dict[str, Any]:
    """signed_in and account_menu; a visitor without a session cookie costs no query."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return {"signed_in": False, "account_menu": []}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"signed_in": False, "account_menu": []}
    return {"signed_in": True, "account_menu": hooks.account_menu(request)}
