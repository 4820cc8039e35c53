"""A lesson opened (or held back) for single students, whatever its conditions say."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from audit import trail
from courses.models import DripOverride, Item


@transaction.atomic
def give(
    users: Iterable[User],
    item: Item,
    *,
    by: Any,
    opens_at: datetime | None = None,
    note: str = "",
) -> list[DripOverride]:
    """Set the moment from which these students may read the lesson; None means now.

    Replaces what they had. Access to the course is still asked for. Audited, one event
    for each student.
    """
    moment = opens_at or now()
    author = by if isinstance(by, User) else None
    found = []
    for user in users:
        row, _created = DripOverride.objects.update_or_create(
            user=user,
            item=item,
            defaults={"opens_at": moment, "note": note[:200], "by": author},
        )
        _record(by, "drip.override", row)
        found.append(row)
    return found


@transaction.atomic
def remove(row: DripOverride, *, by: Any) -> None:
    """The lesson's own conditions hold again for this student. Audited."""
    _record(by, "drip.override-removed", row)
    row.delete()


def _record(by: Any, action: str, row: DripOverride) -> None:
    trail.record(
        by,
        action,
        f"user:{row.user_id}",
        item=str(row.item_id),
        lesson=row.item.title,
        opens_at=row.opens_at,
        note=row.note,
    )
