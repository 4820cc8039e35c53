from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from worker_api import keys
from worker_api.models import WorkerKey
from worker_api.tests import make

pytestmark = pytest.mark.django_db
WHOAMI = "/api/internal/whoami"


def ask(text: str) -> int:
    return Client().get(WHOAMI, headers={"X-API-Key": text}).status_code


def test_a_key_says_who_it_is() -> None:
    key, text = make.key("journal:write", name="Laptop")
    answer = Client().get(WHOAMI, headers={"X-API-Key": text})
    assert answer.json() == {
        "key_id": key.key_id,
        "name": "Laptop",
        "scopes": ["journal:write"],
        "contract": "1",
    }


def test_the_form_of_a_key_can_be_checked_without_the_database() -> None:
    _, text = make.key()
    assert len(text) == 67
    assert text.startswith("ami_live_")
    assert keys.is_well_formed(text)
    assert not keys.is_well_formed(text[:-1] + ("a" if text[-1] != "a" else "b"))
    assert not keys.is_well_formed(text.replace("live", "test"))


def test_the_key_itself_is_nowhere_in_the_database() -> None:
    key, text = make.key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(k::text, ' ') FROM worker_api_workerkey k")
        dump = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(a::text, ' ') FROM audit_auditevent a")
        dump += cursor.fetchone()[0]
    assert key.key_id in dump
    assert text[18:] not in dump


def test_every_wrong_key_gets_the_same_answer() -> None:
    _, good = make.key()
    revoked, revoked_text = make.key()
    keys.revoke(revoked)
    expired, expired_text = make.key()
    WorkerKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    unknown = "ami_live_" + "A" * 8 + "_" + "b" * 43
    wrong = [
        revoked_text, expired_text, unknown + keys.checksum(unknown), good[:-1],
        good[:-7] + "Z" + good[-6:], "", "x", "x" * 7000, "ami_live_é", good + "\x00",
    ]  # fmt: skip
    answers = [Client().get(WHOAMI, headers={"X-API-Key": text}) for text in wrong]
    answers.append(Client().get(WHOAMI))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert "WWW-Authenticate" in answers[0]


def test_only_the_header_counts() -> None:
    _, text = make.key()
    client = Client()
    client.cookies["X-API-Key"] = text
    assert client.get(WHOAMI, {"X-API-Key": text, "key": text}).status_code == 401
    bearer = client.get(WHOAMI, headers={"Authorization": f"Bearer {text}"})
    assert bearer.status_code == 401


def test_a_revoked_key_is_refused_from_the_next_request_on() -> None:
    key, text = make.key()
    assert ask(text) == 200
    assert keys.revoke(key)
    assert ask(text) == 401
    assert not keys.revoke(key)
    assert AuditEvent.objects.filter(action="worker_key.revoke").count() == 1


def test_rotation_lets_both_keys_work_until_the_overlap_ends() -> None:
    key, old = make.key("journal:write", networks=["127.0.0.0/8"])
    successor, new = keys.rotate(key, overlap=timedelta(hours=1))
    assert (ask(old), ask(new)) == (200, 200)
    assert successor.scopes == key.scopes
    assert successor.networks == key.networks
    assert keys.find(old, at=timezone.now() + timedelta(minutes=61)) is None


def test_use_is_noted_at_most_once_a_minute() -> None:
    key, text = make.key()
    ask(text)
    key.refresh_from_db()
    first = key.last_used_at
    assert key.last_ip == "127.0.0.1"
    ask(text)
    key.refresh_from_db()
    assert key.last_used_at == first


def test_a_request_costs_one_query_and_once_a_minute_a_second(
    django_assert_num_queries: object,
) -> None:
    _, text = make.key()
    with django_assert_num_queries(2):  # type: ignore[operator]
        ask(text)


def test_the_command_prints_a_key_once_and_lists_it_without() -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "apikey", "create", "Laptop", scope=["journal:write"], network=["10.0.0.0/8"],
        stdout=out, stderr=err,
    )  # fmt: skip
    text = out.getvalue().strip()
    key = keys.find(text)
    assert key is not None
    assert key.networks == ["10.0.0.0/8"]
    listing = StringIO()
    call_command("apikey", "list", stdout=listing)
    assert key.key_id in listing.getvalue()
    assert text not in listing.getvalue()


def test_the_command_rotates_revokes_and_checks() -> None:
    key, text = make.key()
    out = StringIO()
    call_command("apikey", "check", text, stdout=out)
    assert "active" in out.getvalue()
    rotated = StringIO()
    call_command("apikey", "rotate", key.key_id, stdout=rotated, stderr=StringIO())
    assert keys.find(rotated.getvalue().strip())
    call_command("apikey", "revoke", key.key_id, stdout=out)
    assert keys.find(text) is None
    with pytest.raises(CommandError, match="mistyped"):
        call_command("apikey", "check", text[:-1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scope": ["x"], "network": ["10.0.0.300"]}, "10.0.0.300"),
        ({"scope": ["x"], "days": 181}, "180 days"),
        ({"scope": ["x"], "days": 0}, "180 days"),
    ],
)
def test_the_command_refuses_what_cannot_be(
    options: dict[str, object], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("apikey", "create", "Laptop", **options)
    assert not WorkerKey.objects.exists()
