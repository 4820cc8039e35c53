"""Gift codes: made by the owner, redeemed once per person, up to their limit."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.mail import language_of
from accounts.models import User
from audit import trail
from billing.models.gifts import GiftCode, GiftRedemption
from billing.models.plans import Plan
from billing.notices import KIND
from courses import grants
from courses.models import AccessGrant, Course
from outbox import queue

GIFT = AccessGrant.SourceKind.GIFT
# Crockford's base 32: nothing that is taken for something else; 12 letters are 60 bits
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


class GiftError(Exception):
    """Why a code was not redeemed, in the reader's language. Nothing was changed."""


def plain(text: str) -> str:
    """A code as it is kept: however it was typed, with spaces, dashes, small letters."""
    letters = "".join(one for one in text.upper() if one.isascii() and one.isalnum())
    return letters.translate(ALIKE)[:40]


def digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@transaction.atomic
def create(
    actor: User,
    count: int,
    *,
    plan: Plan | None = None,
    course: uuid.UUID | None = None,
    limit: int = 1,
    access_days: int | None = None,
    expires_at: datetime | None = None,
    note: str = "",
) -> list[GiftCode]:
    """Make `count` codes for a plan or a course (one of them), as one batch; audited."""
    batch = uuid.uuid4()
    codes = [
        "".join(secrets.choice(ALPHABET) for _number in range(LENGTH))
        for _index in range(count)
    ]
    made = GiftCode.objects.bulk_create(
        GiftCode(
            code=code, digest=digest(code), batch=batch, plan=plan, course=course,
            limit=limit, access_days=access_days, expires_at=expires_at, note=note,
            created_by=actor,
        )
        for code in codes
    )  # fmt: skip
    trail.record(
        actor, "gift.create", f"gift-batch:{batch}", count=count, limit=limit,
        plan=plan.code if plan else "", course=str(course or ""), note=note,
        access_days=access_days, expires_at=expires_at,
    )  # fmt: skip
    return made


def redeem(user: User, text: str) -> GiftRedemption:
    """Open what the code gives, in one transaction: grants, mail, audit.

    A second gift of the same thing begins when the first ends. Raises GiftError.
    """
    code = plain(text)
    now = timezone.now()
    with transaction.atomic():
        found = (
            GiftCode.objects.select_for_update(of=("self",))
            .select_related("plan")
            .filter(digest=digest(code))
            .first()
        )
        if found is None or not constant_time_compare(found.code, code):
            raise GiftError(_("There is no such code. Look for a letter mistaken."))
        _check(found, user, now)
        ends = _ends(found, user, now)
        made = GiftRedemption.objects.create(code=found, user=user, valid_until=ends)
        found.used += 1
        found.save(update_fields=["used"])
        queue.put(
            kind=KIND,
            key=f"billing:gift:{found.pk}:{user.pk}",
            payload={"user": user.pk, "template": "billing_gift", "gift": made.pk},
            language=language_of(user),
        )
        _open(found, user, ends)
    return made


def _check(found: GiftCode, user: User, now: datetime) -> None:
    if found.redemptions.filter(user=user).exists():
        raise GiftError(_("You have redeemed this code already."))
    if found.revoked_at:
        raise GiftError(_("This code is no longer valid."))
    if found.expires_at and found.expires_at <= now:
        raise GiftError(_("This code has expired."))
    if found.used >= found.limit:
        raise GiftError(_("This code has been used up."))


def scopes(found: GiftCode) -> frozenset[tuple[str, str]]:
    if found.plan:
        return found.plan.scopes
    return frozenset({("course", str(found.course))})


def opens(found: GiftCode) -> str:
    """What a code gives, in words."""
    if found.plan:
        return found.plan.name
    course = Course.objects.filter(key=found.course or uuid.UUID(int=0)).first()
    return str(course) if course else str(found.course)


def _ends(found: GiftCode, user: User, now: datetime) -> datetime | None:
    if not found.access_days:
        return None
    held = AccessGrant.objects.valid_at(now).filter(user=user, source_kind=GIFT)
    wanted = scopes(found)
    ends = [
        row.valid_until
        for row in held
        if row.valid_until and (row.scope, row.scope_ref) in wanted
    ]
    return max([now, *ends]) + timedelta(days=found.access_days)


def _open(found: GiftCode, user: User, ends: datetime | None) -> None:
    for scope, ref in sorted(scopes(found)):
        grants.grant(
            user,
            scope=scope,
            scope_ref=ref,
            source_kind=GIFT,
            source_ref=found.source_ref,
            valid_until=ends,
            note=found.note,
            actor=f"user:{user.pk}",
        )


@transaction.atomic
def revoke(code: GiftCode, actor: User, *, also_access: bool = False) -> int:
    """Let nobody redeem it any more; with also_access, end what it opened.

    How many people lost access. Audited; safe to repeat.
    """
    found = GiftCode.objects.select_for_update().get(pk=code.pk)
    if found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
    people = [
        row.user
        for row in found.redemptions.select_related("user")
        if also_access and row.user
    ]
    ended = [
        grants.revoke(
            person, source_kind=GIFT, source_ref=found.source_ref, actor=actor
        )
        for person in people
    ]
    lost = sum(1 for count in ended if count)
    trail.record(actor, "gift.revoke", f"gift:{found.pk}", access_ended=lost)
    return lost
