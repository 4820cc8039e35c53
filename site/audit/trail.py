"""Write to the audit trail and prove that nobody rewrote it."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent


def record(actor: Any, action: str, target: str, **data: Any) -> None:
    """Append one event in the caller's transaction.

    actor: a user, or a text such as "worker:ami_live_1a2b3c4d" or "stripe". Write it last:
    the chain's lock is held until the transaction ends.
    """
    who = getattr(actor, "email", None) or str(actor)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditevent (at, actor, action, target, data)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                timezone.now(),
                who[:200],
                action,
                target[:200],
                json.dumps(data, cls=DjangoJSONEncoder),
            ],
        )


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
