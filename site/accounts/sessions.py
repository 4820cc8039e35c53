"""The list of a person's sessions is kept up to date, but not written on every page."""

import hashlib
import time

from allauth.account.adapter import get_adapter
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

SECONDS = 300
MOST = 20_000  # sessions this process remembers
type Seen = tuple[str | None, ...]


class SessionSeenMiddleware(UserSessionsMiddleware):
    """allauth's, at most every five minutes for the same session, address and browser.

    Each process remembers what it noted; the cache tells the processes of each other.
    """

    _until: dict[Seen, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if self._noted(request):
            response = self.get_response(request)
        else:
            response = super().__call__(request)
        return response

    @classmethod
    def _noted(cls, request: HttpRequest) -> bool:
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        if not session:
            return False  # nothing to note: allauth's own check is free then
        names = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT")
        seen = (session, *(request.META.get(name) for name in names))
        now = time.monotonic()
        if cls._until.get(seen, 0.0) > now:
            return True
        if len(cls._until) >= MOST:
            cls._until.clear()
        cls._until[seen] = now + SECONDS
        return _noted_elsewhere(request, session)


def _noted_elsewhere(request: HttpRequest, session: str) -> bool:
    address = get_adapter().get_client_ip(request)
    browser = request.headers.get("User-Agent", "")
    text = f"{session}\n{address}\n{browser}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return not cache.add(f"session-seen:{digest}", 1, SECONDS)
