"""Whether a payment waits: asked on every page, so the answer is kept until Stripe says more."""

from typing import Any

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from djstripe import models as djstripe

from accounts.models import User
from billing import subscriptions
from billing.models import CustomerLink
from website import version

TOKEN = "billing:overdue"  # noqa: S105  a name in the cache
SECONDS = 300


def is_overdue(user: User) -> bool:
    """subscriptions.is_overdue, without a query while nothing changed."""
    mine = f"{TOKEN}:{user.pk}"
    found = cache.get_many([TOKEN, mine])
    token, kept = found.get(TOKEN), found.get(mine)
    if token and kept and kept[0] == token:
        return bool(kept[1])
    if not token:
        token = version.renew(TOKEN)
    answer = subscriptions.is_overdue(user)
    cache.set(mine, (token, answer), SECONDS)
    return answer


def connect() -> None:
    for model in (djstripe.Subscription, CustomerLink):
        for signal in (post_save, post_delete):
            signal.connect(changed, sender=model, dispatch_uid=f"{TOKEN}:{model}")


def changed(sender: Any, **kwargs: Any) -> None:
    """Forget every kept answer."""
    version.bump(TOKEN)
