"""Keep the page language the one a person chose, from sign-in on."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import outbox_handlers  # noqa: F401  registers this room's deliveries
from accounts.models import User


@receiver(user_logged_in)
def remember_language(
    sender: Any, request: HttpRequest | None, user: User, **kwargs: Any
) -> None:
    """A person without a chosen language gets the one they sign in with."""
    if request is not None and not user.language:
        user.language = getattr(request, "LANGUAGE_CODE", "es")[:2]
        user.save(update_fields=["language"])
