from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from audit import trail
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_records_who_did_what() -> None:
    trail.record("stripe", "grant", "user:1", until="2027-01-01")
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target) == ("stripe", "grant", "user:1")
    assert event.data == {"until": "2027-01-01"}


def test_who_acts_on_their_own_account_is_named_by_number(alice, owner) -> None:
    """An erased account leaves no address behind in a trail that cannot be changed."""
    trail.record(alice, "course.enrol", f"user:{alice.pk}")
    trail.record(owner, "course.enrol", f"user:{alice.pk}")
    actors = AuditEvent.objects.order_by("id").values_list("actor", flat=True)
    assert list(actors) == [f"user:{alice.pk}", owner.email]


def test_chains_events_and_verifies() -> None:
    for number in range(5):
        trail.record("worker:x", "push", f"batch:{number}")
    call_command("audit", "verify")
    events = list(AuditEvent.objects.order_by("id"))
    assert [event.prev for event in events[1:]] == [event.hash for event in events[:-1]]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor = 'nobody'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_refuses_to_forget(statement: str) -> None:
    trail.record("owner", "refund", "invoice:1")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        # the root conftest lets Django's flush through; here it counts
        cursor.execute(
            "ALTER TABLE audit_auditevent ENABLE TRIGGER audit_refuse_truncate"
        )
        cursor.execute(statement)


def test_finds_a_rewritten_event() -> None:
    trail.record("owner", "refund", "invoice:1")
    trail.record("owner", "refund", "invoice:2")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditevent SET actor = 'nobody' WHERE id = 1")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")
    assert trail.broken_links() == [1]


@pytest.mark.django_db(transaction=True)
def test_the_chain_holds_under_concurrent_writers() -> None:
    def write(writer: int) -> None:
        for number in range(10):
            trail.record(f"worker:{writer}", "push", f"batch:{number}")
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert AuditEvent.objects.count() == 80
    assert trail.broken_links() == []
