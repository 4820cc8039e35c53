"""Write to the audit trail and prove that nobody rewrote it."""

import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent

INSERT = (
    "INSERT INTO audit_auditevent (at, actor, action, target, data)"
    " VALUES (%s, %s, %s, %s, %s)"
)


def record(actor: Any, action: str, target: str, **data: Any) -> None:
    """Append one event in the caller's transaction.

    actor: a user, or a text such as "worker:ami_live_1a2b3c4d" or "stripe". What somebody
    does to their own account names them by number, for the trail outlives it. Write it last:
    the chain's lock is held until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT, _row(actor, action, target, data))


def record_many(
    actor: Any, action: str, events: Iterable[tuple[str, dict[str, Any]]]
) -> None:
    """Append one event for each (target, data), in order; one round trip."""
    rows = [_row(actor, action, target, data) for target, data in events]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, rows)


def _row(actor: Any, action: str, target: str, data: dict[str, Any]) -> list[Any]:
    own = target == f"user:{getattr(actor, 'pk', None)}"
    who = target if own else getattr(actor, "email", None) or str(actor)
    text = json.dumps(data, cls=DjangoJSONEncoder)
    return [timezone.now(), who[:200], action, target[:200], text]


def broken_links() -> list[int]:
    """Ids of events whose hash or link does not fit; empty when the trail is whole."""
    table = AuditEvent._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id FROM (
                SELECT id, hash, prev,
                       lag(hash, 1, '') OVER (ORDER BY id) AS expected_prev,
                       audit_hash(prev, id, at, actor, action, target, data) AS expected
                FROM {table}
            ) chain
            WHERE hash <> expected OR prev <> expected_prev
            ORDER BY id
            """  # noqa: S608  the table's name is ours
        )
        return [row[0] for row in cursor.fetchall()]
