"""Redis and the task queue away: pages answer soon, nothing is lost."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts import prepared
from accounts.models import User
from billing.models import InboxEvent
from billing.tasks import sweep_inbox
from billing.tests.make import SECRET, event, post
from config import health
from config.cache import FailOpenRedisCache
from config.celery import app
from outbox import queue
from outbox.models import Message

NOWHERE = "redis://127.0.0.1:1/0"
AWAY = {
    "default": {
        "BACKEND": "config.cache.FailOpenRedisCache",
        "LOCATION": NOWHERE,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}
NEW = {"email": "nora@example.com", "password1": "a-long-and-odd-one-71"}


@pytest.fixture
def redis_away() -> Iterator[None]:
    eager, broker = app.conf.task_always_eager, app.conf.broker_url
    app.conf.update(task_always_eager=False, broker_url=NOWHERE)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    FailOpenRedisCache._closed_until = 0.0
    with override_settings(CACHES=AWAY):
        yield
    FailOpenRedisCache._closed_until = 0.0
    app.conf.update(task_always_eager=eager, broker_url=broker)


@pytest.mark.django_db
def test_signed_in_people_stay_signed_in(
    alice: User, client_of: Callable[[User], Client], redis_away: None
) -> None:
    client = client_of(alice)
    started = time.monotonic()
    for _ in range(5):
        assert client.get("/en/dashboard/").status_code == 200
    assert time.monotonic() - started < 5


@pytest.mark.django_db
def test_a_mail_waits_in_the_outbox_and_is_delivered_later(
    redis_away: None, django_capture_on_commit_callbacks: Any
) -> None:
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post("/en/accounts/signup/", NEW).status_code == 302
    assert time.monotonic() - started < 5
    assert Message.objects.waiting().count() == 1
    Message.objects.update(next_at=timezone.now())
    queue.sweep()
    assert [message.to for message in mail.outbox] == [["nora@example.com"]]


@pytest.mark.django_db
def test_an_event_of_stripe_is_taken_at_once_and_processed_later(
    redis_away: None, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        assert post(event(data={"object": {}})).status_code == 200
    assert time.monotonic() - started < 5
    assert InboxEvent.objects.waiting().count() == 1
    assert sweep_inbox() == 1
    assert not InboxEvent.objects.waiting().exists()


@pytest.mark.django_db
def test_a_dead_cache_costs_one_timeout_not_one_per_call(redis_away: None) -> None:
    started = time.monotonic()
    for number in range(200):
        cache.set(f"key-{number}", 1)
        assert cache.get(f"key-{number}", "nothing") == "nothing"
    assert time.monotonic() - started < 3


@pytest.mark.django_db
def test_ready_says_that_the_cache_is_away(redis_away: None) -> None:
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {"database": "ok", "cache": "away"},
    )


def test_ready_says_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(health.connection, "cursor", away)
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, "away")


def cut() -> None:
    """End this connection from another one, as a restart of PostgreSQL does."""
    number = prepared.first_row("SELECT pg_backend_pid()", {})
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", number)
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_page_outlives_a_restart_of_the_database(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(alice)
    for _ in range(2):
        assert client.get("/en/dashboard/").status_code == 200
        cut()
    assert client.get("/en/dashboard/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_cut_connection_inside_a_transaction_is_an_error() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        cut()
        prepared.first_row("SELECT 1", {})
    assert prepared.first_row("SELECT 1", {}) == (1,)
