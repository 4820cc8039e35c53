"""Who may read paid lessons, and why: written by billing, staff and imports.

Grants never touch enrolment or progress. Both functions are safe to run again.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import get_current_timezone, now

from accounts.models import User
from audit import trail
from courses.models import AccessGrant, Course

Scope = AccessGrant.Scope
SourceKind = AccessGrant.SourceKind
# the source of access that the staff give by hand: one grant for one thing
BY_HAND = "admin"


@transaction.atomic
def grant(
    user: User,
    *,
    scope: str,
    source_kind: str,
    scope_ref: str = "",
    source_ref: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    note: str = "",
    actor: Any = "system",
) -> AccessGrant:
    """Give access, or bring the same grant up to date (a revoked one opens again).

    valid_until None means without end. valid_from None keeps what the grant had. One
    audit event when something changed, none otherwise.
    """
    found, created = AccessGrant.objects.select_for_update().get_or_create(
        user=user,
        scope=scope,
        scope_ref=scope_ref,
        source_kind=source_kind,
        source_ref=source_ref,
        defaults={
            "valid_from": valid_from or now(),
            "valid_until": valid_until,
            "note": note,
        },
    )
    wanted = {
        "valid_from": valid_from or found.valid_from,
        "valid_until": valid_until,
        "revoked_at": None,
        "note": note or found.note,
    }
    changed = {
        name: value for name, value in wanted.items() if getattr(found, name) != value
    }
    if changed:
        for name, value in changed.items():
            setattr(found, name, value)
        found.save(update_fields=list(changed))
    if created or changed:
        trail.record(actor, "access.grant", _target(user), **_facts(found))
    return found


def by_hand(
    user: User,
    *,
    scope: str,
    scope_ref: str = "",
    valid_until: datetime | None,
    note: str,
    actor: Any,
) -> AccessGrant:
    """What the staff gives: once for each thing, so giving it again changes its end."""
    return grant(
        user,
        scope=scope,
        scope_ref=scope_ref,
        source_kind=SourceKind.STAFF,
        source_ref=BY_HAND,
        valid_until=valid_until,
        note=note,
        actor=actor,
    )


def end(found: AccessGrant, *, reason: str, actor: Any) -> int:
    """End this grant alone, now; see revoke()."""
    return revoke(
        found.user,
        source_kind=found.source_kind,
        source_ref=found.source_ref,
        scope=found.scope,
        scope_ref=found.scope_ref,
        reason=reason,
        actor=actor,
    )


@transaction.atomic
def revoke(
    user: User,
    *,
    source_kind: str,
    source_ref: str,
    scope: str = "",
    scope_ref: str = "",
    at: datetime | None = None,
    reason: str = "",
    actor: Any = "system",
) -> int:
    """End the grants of one source (all of them, or only one scope's); returns how many.

    `at` may lie in the future. Grants revoked before that moment are left alone.
    """
    moment = at or now()
    matching = AccessGrant.objects.select_for_update().filter(
        user=user, source_kind=source_kind, source_ref=source_ref
    )
    if scope:
        matching = matching.filter(scope=scope, scope_ref=scope_ref)
    count = 0
    for found in matching:
        if found.revoked_at is not None and found.revoked_at <= moment:
            continue
        found.revoked_at = moment
        found.save(update_fields=["revoked_at"])
        trail.record(
            actor, "access.revoke", _target(user), reason=reason, **_facts(found)
        )
        count += 1
    return count


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


def end_of(day: date) -> datetime:
    """The moment access "until that day" ends: the day itself is included."""
    return start_of(day + timedelta(days=1))


def valid_grants(user: User, moment: datetime | None = None) -> list[AccessGrant]:
    """The grants that open something for this person at that moment. One query."""
    return list(AccessGrant.objects.valid_at(moment or now()).filter(user=user))


def covers(found: AccessGrant, *, course_key: str, tier: str) -> bool:
    """Whether a grant opens the course with this key that asks for this tier ("" any)."""
    if found.scope == Scope.ALL:
        return True
    if found.scope == Scope.TIER:
        return tier in ("", found.scope_ref)
    return found.scope_ref == course_key


def ended(user: User, *, course_key: str, tier: str) -> datetime | None:
    """When this person's last access to such a course ended; None without any. One query.

    For people without access now: what is still valid is not looked at apart.
    """
    ends = [
        min(one for one in (found.valid_until, found.revoked_at) if one)
        for found in AccessGrant.objects.filter(user=user)
        if covers(found, course_key=course_key, tier=tier)
        and (found.valid_until or found.revoked_at)
    ]
    return max((end for end in ends if end <= now()), default=None)


def describe(found: AccessGrant) -> str:
    """What a grant opens, in words a person understands."""
    if found.scope == Scope.COURSE:
        course = Course.objects.filter(key=found.scope_ref).first()
        return str(course) if course else found.scope_ref
    return f"{found.get_scope_display()} {found.scope_ref}".strip()


def _target(user: User) -> str:
    return f"user:{user.pk}"


def _facts(found: AccessGrant) -> dict[str, Any]:
    return {
        "scope": found.scope,
        "scope_ref": found.scope_ref,
        "source": f"{found.source_kind}:{found.source_ref}",
        "valid_from": found.valid_from,
        "valid_until": found.valid_until,
        "revoked_at": found.revoked_at,
    }
