"""One token that changes whenever something public changed.

Everything that is kept of public pages (whole pages, menus, sitemap) carries it in its
key, so a change makes all of it unreachable at once; the old entries expire.

A request keeps the token it began with: what it makes from rows that change meanwhile is
then kept under the old token, where nobody looks for it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.core.cache import cache
from django.db import connection, transaction

KEY = "website:content-version"
_steady: ContextVar[dict[str, str] | None] = ContextVar("content version", default=None)


@contextmanager
def steady() -> Iterator[None]:
    """Inside, the token is asked for once and changes only by what is done inside."""
    asked = _steady.set({})
    try:
        yield
    finally:
        _steady.reset(asked)


def current(key: str = KEY) -> str:
    """The token now; asked for at most once a request. key: see bump."""
    seen = _steady.get()
    if seen is None:
        return _read(key)
    return seen.get(key) or seen.setdefault(key, _read(key))


def _read(key: str) -> str:
    # a cache in the process itself has nothing to be told
    found = getattr(cache, "get_watched", cache.get)(key)
    if found:
        return str(found)
    token = secrets.token_hex(8)
    cache.add(key, token, None)
    return str(cache.get(key) or token)


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
    seen = _steady.get()
    if seen is not None:
        seen[key] = token
    return token
