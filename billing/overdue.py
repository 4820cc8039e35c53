"""Whether a payment waits: asked on every page, so the answer is kept until Stripe says more."""

import time
from typing import Any

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from djstripe import models as djstripe

from accounts.models import User
from billing import subscriptions
from billing.models import CustomerLink
from website import version
from website.memory import Memory

TOKEN = "billing:overdue"  # noqa: S105  a name in the cache
SECONDS = 300
NEAR_SECONDS = 60  # kept in a process, besides the cache
_near: Memory[tuple[float, bool]] = Memory(4096)


def is_overdue(user: User) -> bool:
    """subscriptions.is_overdue, without a query while nothing changed."""
    mine = f"{version.current(TOKEN)}:{user.pk}"
    near = _near.get(mine)
    if near is not None and near[0] > time.monotonic():
        return near[1]
    key = f"{TOKEN}:{mine}"
    answer: bool | None = cache.get(key)
    if answer is None:
        answer = subscriptions.is_overdue(user)
        cache.set(key, answer, SECONDS)
    _near.put(mine, (time.monotonic() + NEAR_SECONDS, answer))
    return answer


def connect() -> None:
    for model in (djstripe.Subscription, CustomerLink):
        for signal in (post_save, post_delete):
            signal.connect(changed, sender=model, dispatch_uid=f"{TOKEN}:{model}")


def changed(sender: Any, **kwargs: Any) -> None:
    """Forget every kept answer."""
    version.bump(TOKEN)
