"""A key that is kept in the process until Redis says that it changed."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from redis import Redis
from redis.exceptions import ResponseError

from config import watched
from config.cache import FailOpenRedisCache

KEY = "watched-in-a-test"
pytestmark = pytest.mark.skipif(not settings.REDIS_URL, reason="needs a Redis")


@pytest.fixture
def elsewhere() -> Iterator[Redis]:
    """Another process's connection to the same server."""
    client = Redis.from_url(settings.REDIS_URL)
    yield client
    client.close()


def soon(what: Callable[[], bool]) -> bool:
    """Redis sends its news right after it answers whoever wrote."""
    end = time.monotonic() + 5
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


def place() -> str:
    return str(cache.make_key(KEY))


def test_what_another_process_writes_is_seen_at_once(
    elsewhere: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "TRUSTED_SECONDS", 1000.0)
    assert cache.get_watched(KEY) is None
    for number in range(5):
        elsewhere.set(place(), number)
        assert soon(lambda wanted=number: cache.get_watched(KEY) == wanted)
    elsewhere.flushdb()
    assert soon(lambda: cache.get_watched(KEY) is None)


def test_what_this_process_writes_is_seen_by_its_next_line() -> None:
    for number in range(50):
        cache.set(KEY, number)
        assert cache.get_watched(KEY) == number


def test_nothing_is_asked_while_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watched, "TRUSTED_SECONDS", 1000.0)
    cache.set(KEY, "a value")
    assert soon(lambda: cache.get_watched(KEY) == "a value" and line().can_read() == 0)

    def asked(self: watched.Watch, line: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(watched.Watch, "_ask", asked)
    assert {cache.get_watched(KEY) for _ in range(20)} == {"a value"}


def line() -> Any:
    """The connection on which this process is told."""
    return cache._watch(KEY)._line


def test_a_lost_connection_is_made_again(elsewhere: Redis) -> None:
    cache.set(KEY, "before")
    assert cache.get_watched(KEY) == "before"
    address, port = line()._sock.getsockname()
    elsewhere.client_kill(f"{address}:{port}")
    elsewhere.set(place(), 7)
    assert cache.get_watched(KEY) == 7


def test_news_that_get_lost_are_late_by_a_second_at_most(
    elsewhere: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "TRUSTED_SECONDS", 0.2)
    monkeypatch.setattr(watched.Watch, "_is_quiet", lambda self: self._line is not None)
    cache.set(KEY, 1)
    assert cache.get_watched(KEY) == 1
    elsewhere.set(place(), 2)
    assert cache.get_watched(KEY) == 1
    assert soon(lambda: cache.get_watched(KEY) == 2)


def test_a_server_that_does_not_tell_is_asked_each_time(
    elsewhere: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: watched.Watch) -> bytes:
        raise ResponseError("unknown subcommand 'TRACKING'")

    monkeypatch.setattr(watched.Watch, "read", refused)
    monkeypatch.setattr(FailOpenRedisCache, "_watches", {})
    cache.set(KEY, 1)
    assert cache.get_watched(KEY) == 1
    elsewhere.set(place(), 2)
    assert cache.get_watched(KEY) == 2
