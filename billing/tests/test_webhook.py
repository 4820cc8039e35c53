"""The door Stripe delivers at."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client
from djstripe.models import Event, WebhookEventTrigger

from billing import inbox, stripe_api, tasks, webhook
from billing.models import InboxEvent
from billing.tests import make

HINT = tasks.hint
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ours(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = [make.SECRET]
    monkeypatch.setattr(tasks, "hint", lambda event_id: None)


def body(**fields: Any) -> bytes:
    return json.dumps(make.event(**fields)).encode()


@pytest.fixture(params=[False, True], ids=["production", "debugging"])
def debugging(request: pytest.FixtureRequest, settings: Any) -> dict[str, str]:
    """Headers of a request, also with DEBUG on and the header with which dj-stripe's own
    view lets the sender choose the secret."""
    settings.DEBUG = request.param
    return {"X-Djstripe-Webhook-Secret": "whsec_other"} if request.param else {}


def send(content: bytes, header: str, more: dict[str, str]) -> int:
    answer = Client().post(
        make.URL,
        content,
        content_type="application/json",
        headers={"Stripe-Signature": header, **more},
    )
    return int(answer.status_code)


def assert_nothing_is_stored() -> None:
    for model in (InboxEvent, Event, WebhookEventTrigger):
        assert not model.objects.exists()


def test_a_signed_event_is_stored_once_in_three_statements_at_most(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And Stripe is not called: the client cannot even be made."""
    monkeypatch.delattr(stripe_api, "client")
    with django_assert_max_num_queries(3):
        assert make.post(make.event()).status_code == 200
    assert make.post(make.event()).status_code == 200
    event = InboxEvent.objects.get()
    assert (event.id, event.type, event.attempts) == ("evt_1", "customer.updated", 0)


def test_no_stripe_key_is_needed_to_receive(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert make.post(make.event()).status_code == 200


def test_both_secrets_are_accepted_while_one_replaces_the_other(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", make.SECRET]
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        content = body(id=f"evt_{secret}")
        header = make.sign(content, secret=secret)
        assert make.post(content, header=header).status_code == 200
    assert InboxEvent.objects.count() == 2


FORGED = {
    "no header": lambda content: "",
    "another secret": lambda content: make.sign(content, secret="whsec_other"),
    "another body": lambda content: make.sign(content + b" "),
    "301 seconds old": lambda content: make.sign(content, at=int(time.time()) - 301),
    "an hour ahead": lambda content: make.sign(content, at=int(time.time()) + 3600),
    "no time": lambda content: make.sign(content).partition(",")[2],
    "two times": lambda content: "t=1," + make.sign(content),
    "time in words": lambda content: "t=now,v1=00",
    "an endless time": lambda content: f"t={'9' * 5000},v1=00",
    "not ascii": lambda content: "t=1,v1=ñ",
    "old scheme": lambda content: make.sign(content).replace("v1=", "v0="),
    "empty signature": lambda content: f"t={int(time.time())},v1=",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_event_is_refused_and_not_stored(
    name: str, debugging: dict[str, str]
) -> None:
    content = body()
    assert send(content, FORGED[name](content), debugging) == 400
    assert_nothing_is_stored()


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_clock_that_is_some_minutes_off_is_no_reason_to_refuse(seconds: int) -> None:
    content = body()
    header = make.sign(content, at=int(time.time()) + seconds)
    assert make.post(content, header=header).status_code == 200


STRANGE = {
    "not an object": b"1",
    "a list": b"[]",
    "not json": b"{",
    "empty": b"",
    "nul byte": b'{"object":"event","id":"a\0b"}',
    "escaped nul": body(id="evt_\0"),
    "not utf-8": b'{"object":"event","id":"\xff"}',
    "a lone surrogate": body(type="\ud800"),
    "not a number": body(created=float("nan")),
    "endless nesting": b'{"a":' * 20_000,
    "another object": body(object="customer"),
    "live event at a test school": body(livemode=True),
    "no livemode": body(livemode=None),
    "no data": body(data=None),
    "data without object": body(data={"object": "cus_1"}),
    "a number for an id": body(id=7),
    "an id that is too long": body(id="e" * 300),
    "the far future": body(created=10**18),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_signed_body_that_is_no_event_of_ours_is_refused(
    name: str, debugging: dict[str, str]
) -> None:
    content = STRANGE[name]
    assert send(content, make.sign(content), debugging) == 400
    assert_nothing_is_stored()


def test_a_test_event_at_a_live_school_is_refused(settings: Any) -> None:
    settings.STRIPE_LIVE_MODE = True
    assert make.post(body(livemode=False)).status_code == 400
    assert_nothing_is_stored()
    assert make.post(body(livemode=True)).status_code == 200


@pytest.mark.parametrize("size", [5_000_000, webhook.MAX_BYTES])
def test_five_megabytes_are_refused_before_they_are_read(
    size: int, debugging: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = body(data={"object": {"id": "x" * size}})
    monkeypatch.delattr(webhook, "signed")  # not even looked at
    assert send(content, make.sign(content), debugging) == 413
    assert_nothing_is_stored()


def test_with_the_database_away_stripe_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(event: Any) -> None:
        raise OperationalError("the connection is closed")

    patient = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "store", away)
        assert make.post(make.event(), client=patient).status_code == 500
    assert make.post(make.event(), client=patient).status_code == 200


def test_only_post_is_answered(client: Any) -> None:
    assert client.get(make.URL).status_code == 405


def test_with_the_queue_away_the_event_waits_for_the_sweeper(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def away(*args: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks, "hint", HINT)
    monkeypatch.setattr(tasks.process, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert make.post(body(data={"object": {}})).status_code == 200
    assert InboxEvent.objects.waiting().count() == 1
    assert tasks.sweep_inbox() == 1
    assert InboxEvent.objects.get().processed_at


@pytest.mark.django_db(transaction=True)
def test_forty_deliveries_at_once_are_one_event() -> None:
    content = body()

    def deliver(_number: int) -> int:
        try:
            return int(make.post(content).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(deliver, range(40))) == {200}
    assert InboxEvent.objects.count() == 1
