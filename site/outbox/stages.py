"""How far something is that is done later, tried again and at last given up."""

from datetime import datetime

from django.db.models import Q

WAITING, FAILING, DONE, DEAD = "waiting", "failing", "done", "dead"


def of(done: datetime | None, dead: datetime | None, attempts: int) -> str:
    """The stage of a row; the same that conditions() ask the database for."""
    if done:
        return DONE
    if dead:
        return DEAD
    return FAILING if attempts else WAITING


def conditions(done: str) -> dict[str, Q]:
    """What holds of the rows of each stage. done: the column that says when it was done."""
    open_ = Q(**{done: None})
    return {
        WAITING: open_ & Q(dead_at=None, attempts=0),
        FAILING: open_ & Q(dead_at=None, attempts__gt=0),
        DONE: Q(**{f"{done}__isnull": False}),
        DEAD: open_ & Q(dead_at__isnull=False),
    }
