"""Issue, find, rotate and revoke worker keys.

Form: ami_<live|test>_<8 id>_<43 base62><6 crc32>. The last six characters are the CRC-32
of everything before them, so that a typo is seen without asking the database.
"""

import hashlib
import hmac
import ipaddress
import secrets
import string
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit import trail
from worker_api.models import WorkerKey

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
MAX_LENGTH = 128
MAX_DAYS = 180
_DUMMY = hashlib.sha256(b"no such key").hexdigest()


def checksum(text: str) -> str:
    """CRC-32 of an ASCII text as six base62 characters."""
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits


def is_well_formed(key: str) -> bool:
    """Whether the parts and the checksum fit; says nothing about the database."""
    parts = key.split("_")
    return (
        key.isascii()
        and len(key) <= MAX_LENGTH
        and len(parts) == 4
        and parts[0] == "ami"
        and parts[1] in {"live", "test"}
        and len(parts[2]) == 8
        and len(parts[3]) == 49
        and hmac.compare_digest(checksum(key[:-6]), key[-6:])
    )


def issue(
    name: str,
    *,
    scopes: Sequence[str],
    networks: Sequence[str] = (),
    days: int = MAX_DAYS,
    actor: Any = "command",
) -> tuple[WorkerKey, str]:
    """A new key and its text, which is not kept. ValueError on a bad network or term."""
    if not 0 < days <= MAX_DAYS:
        raise ValueError(f"a key lives 1 to {MAX_DAYS} days")
    if not name.strip() or not scopes:
        raise ValueError("a key needs a name and at least one scope")
    blocks = [str(ipaddress.ip_network(network, strict=False)) for network in networks]
    key_id, text = _new_text()
    with transaction.atomic():
        key = WorkerKey.objects.create(
            key_id=key_id,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            name=name.strip(),
            scopes=sorted(set(scopes)),
            networks=blocks,
            expires_at=timezone.now() + timedelta(days=days),
        )
        trail.record(
            actor, "worker_key.issue", key_id, scopes=key.scopes, networks=blocks
        )
    return key, text


def _new_text() -> tuple[str, str]:
    key_id = "".join(secrets.choice(BASE62) for _ in range(8))
    secret = "".join(secrets.choice(BASE62) for _ in range(43))
    place = "test" if settings.DEBUG else "live"
    body = f"ami_{place}_{key_id}_{secret}"
    return key_id, body + checksum(body)


def find(text: str | None, *, at: datetime | None = None) -> WorkerKey | None:
    """The valid key with this text; None for unknown, wrong, revoked and expired alike.

    One query for a key of the right form, none otherwise.
    """
    if text is None or not is_well_formed(text):
        return None
    key = WorkerKey.objects.filter(key_id=text.split("_")[2]).first()
    given = hashlib.sha256(text.encode()).hexdigest()
    matches = hmac.compare_digest(key.digest if key else _DUMMY, given)
    return key if key and matches and key.is_valid(at or timezone.now()) else None


def rotate(
    key: WorkerKey, *, overlap: timedelta, actor: Any = "command"
) -> tuple[WorkerKey, str]:
    """A successor with the same rights; the old key ends after overlap at the latest."""
    with transaction.atomic():
        successor, text = issue(
            key.name, scopes=key.scopes, networks=key.networks, actor=actor
        )
        key.successor = successor
        key.expires_at = min(key.expires_at, timezone.now() + overlap)
        key.save(update_fields=["successor", "expires_at"])
        trail.record(actor, "worker_key.rotate", key.key_id, successor=successor.key_id)
    return successor, text


def revoke(key: WorkerKey, *, actor: Any = "command") -> bool:
    """End the key now; False when it was revoked before. Holds from the next request on."""
    with transaction.atomic():
        changed = WorkerKey.objects.filter(pk=key.pk, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        if changed:
            trail.record(actor, "worker_key.revoke", key.key_id)
    return bool(changed)
