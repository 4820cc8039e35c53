"""From where and how fast a key may be used."""

import pytest
from django.test import Client

from worker_api import rates
from worker_api.tests import make

pytestmark = pytest.mark.django_db
WHOAMI = "/api/internal/whoami"


def ask(text: str, peer: str = "127.0.0.1", forwarded: str | None = None) -> int:
    headers = {"X-API-Key": text}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    return Client(REMOTE_ADDR=peer).get(WHOAMI, headers=headers).status_code


def test_an_address_outside_the_networks_is_refused() -> None:
    _, text = make.key(networks=["203.0.113.0/24", "2001:db8::/32"])
    assert ask(text, "203.0.113.9") == 200
    assert ask(text, "2001:db8::7") == 200
    assert ask(text, "::ffff:203.0.113.9") == 200
    assert ask(text, "198.51.100.1") == 403


def test_forwarded_for_counts_only_from_a_proxy_and_only_its_last_value() -> None:
    _, text = make.key(networks=["203.0.113.0/24"])
    assert ask(text, "127.0.0.1", "203.0.113.9") == 200
    assert ask(text, "127.0.0.1", "203.0.113.9, 198.51.100.1") == 403
    assert ask(text, "198.51.100.1", "203.0.113.9") == 403
    assert ask(text, "127.0.0.1") == 403


@pytest.mark.parametrize(
    "junk", ["", ",", "unknown", "1.2.3", "203.0.113.9,", "a" * 5000, "1.2.3.4:80", "é"]
)
def test_junk_in_forwarded_for_is_denied_not_a_failure(junk: str) -> None:
    _, text = make.key()
    assert ask(text, "127.0.0.1", junk) == 403


@pytest.mark.parametrize("peer", ["", "junk", "999.1.1.1"])
def test_a_peer_that_cannot_be_told_is_denied(peer: str) -> None:
    _, text = make.key()
    assert ask(text, peer) == 403


def test_a_socket_can_be_named_a_proxy(settings: object) -> None:
    settings.TRUSTED_PROXIES = ["unix"]  # type: ignore[attr-defined]
    _, text = make.key(networks=["203.0.113.0/24"])
    assert ask(text, "", "203.0.113.9") == 200
    assert ask(text, "127.0.0.1", "203.0.113.9") == 403


def test_too_many_requests_wait_a_whole_number_of_seconds(settings: object) -> None:
    settings.WORKER_RATE_PER_MINUTE = 3  # type: ignore[attr-defined]
    _, text = make.key()
    _, other = make.key()
    answers = [Client().get(WHOAMI, headers={"X-API-Key": text}) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2  # five, unless a minute ends in between
    assert 1 <= int(refused[-1]["Retry-After"]) <= 61
    assert ask(other) == 200


def test_the_count_is_shared_through_the_cache(settings: object) -> None:
    settings.WORKER_RATE_PER_MINUTE = 2  # type: ignore[attr-defined]
    _, text = make.key()
    statuses = []
    for _ in range(6):
        rates.forget()  # as if each request met another process
        statuses.append(ask(text))
    assert 429 in statuses


def test_without_the_cache_each_process_keeps_its_own_count(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKER_RATE_PER_MINUTE = 2  # type: ignore[attr-defined]
    monkeypatch.setattr(rates, "_shared", lambda key: 1)
    _, text = make.key()
    assert 429 in [ask(text) for _ in range(6)]


def test_guessing_keys_is_slowed_down_by_address() -> None:
    _, good = make.key()
    statuses = [ask("guess", "198.51.100.1") for _ in range(140)]
    assert statuses[0] == 401
    assert 429 in statuses
    assert ask("guess", "198.51.100.2") == 401
    assert ask(good, "198.51.100.1") == 200
