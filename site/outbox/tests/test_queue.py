from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from outbox import handlers, queue
from outbox.models import MAX_ATTEMPTS, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivered() -> Iterator[list[str]]:
    seen: list[str] = []

    @handlers.register("test")
    def deliver(message: Message) -> None:
        if message.payload.get("fails"):
            raise ConnectionError("mail server away")
        seen.append(message.key)

    yield seen
    handlers._handlers.pop("test")


def test_delivers_after_commit(
    delivered: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        queue.put(kind="test", key="welcome:1", payload={})
    assert delivered == ["welcome:1"]
    assert Message.objects.get().done_at is not None


def test_one_cause_has_one_effect(delivered: list[str]) -> None:
    assert queue.put(kind="test", key="receipt:1", payload={}) is not None
    assert queue.put(kind="test", key="receipt:1", payload={}) is None
    queue.sweep()
    queue.sweep()
    assert delivered == ["receipt:1"]


def test_nothing_is_sent_when_the_cause_rolls_back(delivered: list[str]) -> None:
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        queue.put(kind="test", key="a", payload={})
        raise ValueError("no")
    queue.sweep()
    assert delivered == []


def test_a_failed_delivery_waits_and_is_given_up_visibly(delivered: list[str]) -> None:
    queue.put(kind="test", key="a", payload={"fails": True})
    for _ in range(MAX_ATTEMPTS):
        Message.objects.update(next_at=timezone.now())
        queue.sweep()
    message = Message.objects.get()
    assert message.dead_at is not None
    assert "mail server away" in message.last_error
    with pytest.raises(CommandError, match="given up"):
        call_command("outbox", "status")


def test_a_given_up_message_can_be_revived(delivered: list[str]) -> None:
    queue.put(kind="test", key="a", payload={"fails": True})
    Message.objects.update(dead_at=timezone.now(), payload={})
    call_command("outbox", "retry")
    queue.sweep()
    assert delivered == ["a"]


def test_a_failed_delivery_leaves_no_other_trace(delivered: list[str]) -> None:
    queue.put(kind="unknown-kind", key="a", payload={})
    queue.sweep()
    message = Message.objects.get()
    assert message.attempts == 1
    assert "KeyError" in message.last_error


def test_many_effects_take_two_statements_and_each_cause_one(
    delivered: list[str],
    django_capture_on_commit_callbacks: Any,
    django_assert_num_queries: Any,
) -> None:
    queue.put(kind="test", key="m:1", payload={})
    effects = [queue.Effect(f"m:{n}", {}, "es") for n in range(300)]
    with (
        django_capture_on_commit_callbacks() as after,
        django_assert_num_queries(2),
    ):
        assert queue.put_many("test", effects) == 299
    for callback in after:
        callback()
    assert len(delivered) == 299
    assert queue.put_many("test", effects) == 0
