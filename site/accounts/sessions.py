"""The list of a person's sessions is kept up to date, but not written on every page."""

import hashlib

from allauth.account.adapter import get_adapter
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

SECONDS = 300


class SessionSeenMiddleware(UserSessionsMiddleware):
    """allauth's, at most every five minutes for the same session, address and browser.

    While the cache is away every request is noted.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if self._noted(request):
            response = self.get_response(request)
        else:
            response = super().__call__(request)
        return response

    @staticmethod
    def _noted(request: HttpRequest) -> bool:
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if not session:
            return False  # nothing to note: allauth's own check is free then
        address = get_adapter().get_client_ip(request)
        browser = request.headers.get("User-Agent", "")
        text = f"{session}\n{address}\n{browser}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        return not cache.add(f"session-seen:{digest}", 1, SECONDS)
