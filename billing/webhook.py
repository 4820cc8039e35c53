"""Where Stripe delivers its events: verify, store once, answer. No outbound call."""

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import inbox, tasks

MAX_BYTES = 256 * 1024
TOLERANCE_SECONDS = 300
MAX_SIGNATURES = 10
# the latest moment a datetime column takes comfortably (year 2200)
MAX_TIMESTAMP = 7_258_118_400


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """200 for an event that is stored now or was before; 400 or 413 for anything else."""
    if _length(request) > MAX_BYTES:
        return HttpResponse(status=413)
    body = request.body
    if not signed(body, request.headers.get("Stripe-Signature", "")):
        return HttpResponse(status=400)
    event = parse(body)
    if event is None:
        return HttpResponse(status=400)
    inbox.store(event)
    transaction.on_commit(lambda: tasks.hint(event["id"]), robust=True)
    return HttpResponse(status=200)


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def signed(body: bytes, header: str) -> bool:
    """Whether one of our secrets signed the body within the last, or next, five minutes.

    Scheme: https://docs.stripe.com/webhooks/signature, v1. Two secrets are accepted while
    one replaces the other.
    """
    parts = [part.partition("=")[::2] for part in header[:4096].split(",")]
    stamps = [value for name, value in parts if name == "t"]
    signatures = [value for name, value in parts if name == "v1"][:MAX_SIGNATURES]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdecimal():
        return False
    if abs(time.time() - int(stamps[0][:12])) > TOLERANCE_SECONDS:
        return False
    message = stamps[0].encode() + b"." + body
    expected = [
        hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        for secret in settings.STRIPE_WEBHOOK_SECRETS
    ]
    return any(
        hmac.compare_digest(made.encode(), given.encode())
        for made in expected
        for given in signatures
    )


def parse(body: bytes) -> dict[str, Any] | None:
    """The event in a body, or None for anything that is not one of this mode's."""
    try:
        text = body.decode("utf-8")
        # PostgreSQL stores no NUL in JSON
        event = None if "\\u0000" in text or "\0" in text else json.loads(text)
        # nor NaN, infinities and lone surrogates, which Python's parser lets through
        json.dumps(event, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return event if _is_event(event) else None


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    data = event.get("data")
    return (
        _is_text(event.get("id"), 255)
        and _is_text(event.get("type"), 120)
        and event.get("livemode") is settings.STRIPE_LIVE_MODE
        and _is_moment(event.get("created"))
        and isinstance(data, dict)
        and isinstance(data.get("object"), dict)
    )


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _is_moment(value: Any) -> bool:
    return type(value) is int and 0 < value < MAX_TIMESTAMP
