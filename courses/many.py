"""Enrolling, withdrawing and giving access to many people at once.

The same rows and audit events as courses.enrolment and courses.grants, in a fixed number
of statements for each call; callers hand over at most some thousands at a time. Each
function runs inside the caller's transaction or its own, and is safe to run again.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now

from audit import trail
from courses.models import AccessGrant, Course, Enrolment

type Pair = tuple[int, uuid.UUID]  # user id, course key

ENROL = """
INSERT INTO courses_enrolment (user_id, course_id, source, started_at, reason)
SELECT place.user_id, place.course_id, %s, %s, ''
FROM unnest(%s::bigint[], %s::uuid[]) AS place(user_id, course_id)
ON CONFLICT (user_id, course_id) WHERE ended_at IS NULL DO NOTHING
RETURNING id, user_id, course_id
"""


@dataclass(frozen=True)
class Access:
    """Access to one course for one person; until None means without end."""

    user_id: int
    course: uuid.UUID
    until: datetime | None

    @property
    def pair(self) -> Pair:
        return self.user_id, self.course


@transaction.atomic
def enrol(
    pairs: Iterable[Pair], *, source: str, actor: Any, batch: str = ""
) -> dict[Pair, int]:
    """Give each pair a place in the course; the ids of the places that are new."""
    wanted = list(dict.fromkeys(pairs))
    people = [user_id for user_id, _course in wanted]
    courses = [str(key) for _user, key in wanted]
    with connection.cursor() as cursor:
        cursor.execute(ENROL, [source, now(), people, courses])
        created = {(user, course): pk for pk, user, course in cursor.fetchall()}
    codes = _codes(key for _user, key in created)
    trail.record_many(
        actor,
        "course.enrol",
        [
            (f"user:{user}", {"course": codes[key], "source": source, "batch": batch})
            for user, key in created
        ],
    )
    return created


@transaction.atomic
def withdraw(
    places: Iterable[int], *, reason: str, actor: Any, batch: str = ""
) -> list[int]:
    """End these places; the ids of those that had not ended before."""
    rows = list(
        Enrolment.objects.active()
        .filter(pk__in=list(places))
        .select_for_update(of=("self",))
        .values_list("pk", "user_id", "course__code")
    )
    ended = [pk for pk, _user, _code in rows]
    Enrolment.objects.filter(pk__in=ended).update(ended_at=now(), reason=reason[:200])
    trail.record_many(
        actor,
        "course.withdraw",
        [
            (f"user:{user}", {"course": code, "reason": reason, "batch": batch})
            for _pk, user, code in rows
        ],
    )
    return ended


def lasting(
    pairs: Iterable[Pair], moment: datetime | None = None
) -> dict[Pair, datetime | None]:
    """Until when each pair's own access to that course lasts; pairs without are missing.

    Only access to exactly this course counts: subscriptions come and go. One query.
    """
    wanted = set(pairs)
    rows = AccessGrant.objects.valid_at(moment or now()).filter(
        scope=AccessGrant.Scope.COURSE,
        user_id__in={user for user, _key in wanted},
        scope_ref__in={str(key) for _user, key in wanted},
    )
    found: dict[Pair, datetime | None] = {}
    for row in rows:
        pair = (row.user_id, uuid.UUID(row.scope_ref))
        until = min(filter(None, [row.valid_until, row.revoked_at]), default=None)
        found[pair] = _later(found[pair], until) if pair in found else until
    return {pair: until for pair, until in found.items() if pair in wanted}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def longer(wanted: Access, had: dict[Pair, datetime | None]) -> bool:
    """Whether the access adds something to what the person had."""
    if wanted.pair not in had:
        return True
    until = had[wanted.pair]
    return until is not None and (wanted.until is None or wanted.until > until)


@transaction.atomic
def give_access(
    wanted: Iterable[Access],
    *,
    source_kind: str,
    source_ref: str,
    note: str,
    actor: Any,
    batch: str = "",
) -> list[Access]:
    """Give access, or lengthen it; nobody's access gets shorter. Returns what was given."""
    rows = list({one.pair: one for one in wanted}.values())
    had = lasting(one.pair for one in rows)
    given = [one for one in rows if longer(one, had)]
    moment = now()
    AccessGrant.objects.bulk_create(
        [
            AccessGrant(
                user_id=one.user_id,
                scope=AccessGrant.Scope.COURSE,
                scope_ref=str(one.course),
                source_kind=source_kind,
                source_ref=source_ref,
                valid_from=moment,
                valid_until=one.until,
                note=note[:200],
            )
            for one in given
        ],
        update_conflicts=True,
        unique_fields=["user", "scope", "scope_ref", "source_kind", "source_ref"],
        update_fields=["valid_until", "revoked_at", "note"],
    )
    facts = {"source": f"{source_kind}:{source_ref}", "batch": batch, "note": note}
    trail.record_many(
        actor,
        "access.grant",
        [
            (
                f"user:{one.user_id}",
                {"scope_ref": str(one.course), "valid_until": one.until, **facts},
            )
            for one in given
        ],
    )
    return given


@transaction.atomic
def end_access(
    condition: Q, *, reason: str, actor: Any, batch: str = ""
) -> list[AccessGrant]:
    """End the access the condition selects, as far as it has not ended already."""
    rows = list(
        AccessGrant.objects.filter(condition, revoked_at__isnull=True)
        .select_for_update()
        .order_by("pk")
    )
    AccessGrant.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=now())
    trail.record_many(
        actor,
        "access.revoke",
        [
            (
                f"user:{row.user_id}",
                {
                    "scope_ref": row.scope_ref,
                    "source": f"{row.source_kind}:{row.source_ref}",
                    "reason": reason,
                    "batch": batch,
                },
            )
            for row in rows
        ],
    )
    return rows


def _codes(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    return dict(Course.objects.filter(pk__in=set(keys)).values_list("key", "code"))
