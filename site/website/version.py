"""One token that changes whenever something public changed.

Everything that is kept of public pages (whole pages, menus, sitemap) carries it in its
key, so a change makes all of it unreachable at once; the old entries expire.
"""

import secrets

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


def bump() -> None:
    """Forget everything that was kept; again after the commit, for what was rendered in between."""
    _renew()
    if connection.in_atomic_block:
        transaction.on_commit(_renew, robust=True)


def _renew() -> None:
    cache.set(KEY, secrets.token_hex(8), None)
