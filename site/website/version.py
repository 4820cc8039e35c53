"""One token that changes whenever something public changed.

Everything that is kept of public pages (whole pages, menus, sitemap) carries it in its
key, so a change makes all of it unreachable at once; the old entries expire.
"""

import secrets
from functools import partial

from django.core.cache import cache
from django.db import connection, transaction

KEY = "website:content-version"


def current() -> str:
    """The token now; one cache read."""
    found = cache.get(KEY)
    if found:
        return str(found)
    token = secrets.token_hex(8)
    cache.add(KEY, token, None)
    return str(cache.get(KEY) or token)


def bump(key: str = KEY) -> None:
    """Forget everything that was kept; again after the commit, for what was made in between.

    key: another token of this kind, for a room that keeps answers of its own.
    """
    renew(key)
    if connection.in_atomic_block:
        transaction.on_commit(partial(renew, key), robust=True)


def renew(key: str = KEY) -> str:
    """A new token, at once."""
    token = secrets.token_hex(8)
    cache.set(key, token, None)
    return token
