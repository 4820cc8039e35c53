"""Whole public pages kept for visitors, as the outermost step that answers requests.

Kept: a successful HTML page that a visitor without a session asked for without a query
string, and that neither set a cookie nor looked at one. The key carries the content
version, so publishing makes every kept page unreachable at once. While the cache is away
every page is rendered.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import has_vary_header, patch_vary_headers

from website import themes, version
from website.memory import Memory

SECONDS = 300
SKIP = ("/admin/", "/django-admin/", "/api/", "/healthz/", "/static/", "/media/")
PUBLIC = "public, max-age=0, s-maxage=60, must-revalidate"
PRIVATE = "private, no-cache"
NEAR_SECONDS = 60  # kept in a process, besides the cache
type Kept = tuple[bytes, dict[str, str]]
_near: Memory[tuple[float, Kept]] = Memory(256)
STATE_COOKIES = (settings.SESSION_COOKIE_NAME, "messages")


class PageCacheMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with version.steady():
            return self.respond(request)

    def respond(self, request: HttpRequest) -> HttpResponseBase:
        if not may_answer(request):
            return mark_private(request, self.get_response(request))
        key = key_of(request)
        if key is None:
            return self.get_response(request)
        kept = find(key)
        if kept is not None:
            return answer(request, kept)
        response = self.get_response(request)
        if may_keep(request, response):
            keep(key, response)
        return response


def find(key: str) -> Kept | None:
    """The page kept under the key: in this process, else in the cache."""
    near = _near.get(key)
    if near is not None and near[0] > time.monotonic():
        return near[1]
    kept: Kept | None = cache.get(key)
    if kept is not None:
        _near.put(key, (time.monotonic() + NEAR_SECONDS, kept))
    return kept


def may_answer(request: HttpRequest) -> bool:
    """Whether a kept page would be right for this request."""
    return (
        request.method == "GET"
        and not request.META.get("QUERY_STRING")
        and "HTTP_HX_REQUEST" not in request.META
        and not request.path.startswith(SKIP)
        and not any(name in request.COOKIES for name in STATE_COOKIES)
    )


def key_of(request: HttpRequest) -> str | None:
    """None for a host that is not ours: the rest of the stack refuses it."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    parts = [
        version.current(),
        request.scheme or "",
        host,
        request.path,
        *themes.of(request),
    ]
    return "page:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def may_keep(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the page is the same for every visitor who would get it."""
    return (
        response.status_code == 200
        and not response.streaming
        and response.headers.get("Content-Type", "").startswith("text/html")
        and not response.cookies
        and not varies_by_person(response)
        and "CSRF_COOKIE" not in request.META
        and not getattr(getattr(request, "_messages", None), "used", False)
    )


def varies_by_person(response: HttpResponseBase) -> bool:
    control = response.headers.get("Cache-Control", "").lower()
    varies = has_vary_header(response, "Cookie") or has_vary_header(response, "*")
    return varies or "private" in control or "no-" in control


def keep(key: str, response: Any) -> None:
    """Store the page and tell caches on the way how long they may keep it."""
    response.headers["Cache-Control"] = PUBLIC
    response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    patch_vary_headers(response, ["Cookie"])
    response.headers["X-Accel-Expires"] = "1"  # our nginx asks again after a second
    cache.set(key, (response.content, dict(response.headers)), SECONDS)
    response.headers["X-AMI-Cache"] = "miss"


def answer(request: HttpRequest, kept: Kept) -> HttpResponse:
    content, headers = kept
    if request.META.get("HTTP_IF_NONE_MATCH") == headers["ETag"]:
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
        content_headers = {"content-type", "content-length"}
        headers = {k: v for k, v in headers.items() if k.lower() not in content_headers}
    else:
        response = HttpResponse(content)
    for name, value in headers.items():
        response.headers[name] = value
    response.headers["X-AMI-Cache"] = "hit"
    return response


def mark_private(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A signed-in person's page stays out of every shared cache."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith(
        ("/static/", "/media/")
    ):
        response.headers.setdefault("Cache-Control", PRIVATE)
    return response
