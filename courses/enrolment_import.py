"""A list of students: checked first, then applied in parts, and undone if need be.

take() writes one row for each line and leaves the rest to a worker. Checking, applying and
undoing go in parts of PART lines, each in a transaction of its own that holds the list's
row: a worker that dies loses nothing, and running it again goes on with the rest.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import now

from courses import enrolment_check, mails, many, tasks
from courses.enrolment_check import access_of, gives
from courses.enrolment_csv import Listing
from courses.models import AccessGrant, Enrolment, EnrolmentImport, EnrolmentImportRow

Row = EnrolmentImportRow
Outcome = EnrolmentImportRow.Outcome
State = EnrolmentImport.State
PART = 1000
PATIENCE = timedelta(minutes=1)
KIND = AccessGrant.SourceKind.IMPORT
# at work: the lines that are left, and the state when none is
LEFT: dict[str, tuple[list[str], str]] = {
    State.CHECKING: ([Outcome.WAITING], State.CHECKED),
    State.RUNNING: ([Outcome.ENROL, Outcome.EXTEND], State.DONE),
    State.UNDOING: ([Outcome.ENROLLED, Outcome.EXTENDED], State.UNDONE),
}
LINK = """
UPDATE courses_enrolmentimportrow AS row SET enrolment_id = place.id, outcome = 'enrolled'
FROM unnest(%s::bigint[], %s::bigint[]) AS place(row_id, id)
WHERE row.id = place.row_id
"""


@transaction.atomic
def take(
    listing: Listing, *, name: str, by: str, give_access: bool, send_mail: bool
) -> EnrolmentImport:
    """Keep the list and have a worker check it, after commit; nobody is enrolled yet.

    A statement for each 5,000 lines.
    """
    made = EnrolmentImport.objects.create(
        name=name[:200],
        by=by,
        give_access=give_access,
        send_mail=send_mail,
        total=len(listing.lines),
        ignored=listing.ignored,
    )
    enrolment_check.keep(made, listing.lines)
    transaction.on_commit(partial(tasks.hint, str(made.pk)), robust=True)
    return made


def start(made: EnrolmentImport) -> bool:
    """Let the list be applied; False when it was started before."""
    return _move(made, State.CHECKED, State.RUNNING)


def start_undo(made: EnrolmentImport, by: str) -> bool:
    """Let the list be undone; False when it is not applied."""
    return _move(made, State.DONE, State.UNDOING, undone_by=by)


def _move(made: EnrolmentImport, before: str, after: str, **fields: Any) -> bool:
    """Change the state and have a worker go on, after commit."""
    rows = EnrolmentImport.objects.filter(pk=made.pk, state=before)
    moved = bool(rows.update(state=after, touched_at=now(), **fields))
    if moved:
        transaction.on_commit(partial(tasks.hint, str(made.pk)), robust=True)
    return moved


def stalled() -> list[uuid.UUID]:
    """Lists that should be at work and have not moved for a while: their worker died."""
    rows = EnrolmentImport.objects.filter(
        state__in=LEFT, touched_at__lt=now() - PATIENCE
    )
    return list(rows.values_list("pk", flat=True))


def run(pk: uuid.UUID) -> None:
    """Do what is left of a list, part by part. Safe to run again or twice."""
    while step(pk):
        pass


@transaction.atomic
def step(pk: uuid.UUID) -> bool:
    """One part; False when nothing is left, or another worker has the list."""
    made = (
        EnrolmentImport.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, state__in=LEFT)
        .first()
    )
    if made is None:
        return False
    left, after = LEFT[made.state]
    rows = list(made.rows.filter(outcome__in=left).order_by("line")[:PART])
    if rows:
        WORK[made.state](made, rows)
    else:
        made.state = after
    made.touched_at = now()
    made.save(update_fields=["state", "touched_at"])
    return bool(rows)


def _apply(made: EnrolmentImport, rows: list[Row]) -> None:
    """Enrol and give access; a person who went away in between is answered as such."""
    facts: dict[str, Any] = {"actor": made.by, "batch": str(made.pk)}
    known = [row for row in rows if row.user_id is not None]
    pairs = {access_of(row).pair: row for row in known}
    new = many.enrol(
        [pair for pair, row in pairs.items() if row.outcome == Outcome.ENROL],
        source=Enrolment.Source.IMPORT,
        **facts,
    )
    given = many.give_access(
        [access_of(row) for row in known if gives(made, row)],
        source_kind=KIND,
        source_ref=made.source_ref,
        note=made.name,
        **facts,
    )
    extended = {one.pair for one in given} - set(new)
    _answer([row for row in rows if row.user_id is None], Outcome.UNKNOWN_PERSON)
    _answer([pairs[pair] for pair in extended], Outcome.EXTENDED)
    rest = set(pairs) - set(new) - extended
    _answer([pairs[pair] for pair in rest], Outcome.ALREADY)
    with connection.cursor() as cursor:
        cursor.execute(LINK, [[pairs[one].pk for one in new], list(new.values())])
    if made.send_mail:
        places = Enrolment.objects.filter(pk__in=new.values()).select_related("user")
        mails.enrolled_many(places)


def _answer(rows: list[Row], outcome: str) -> None:
    if rows:
        Row.objects.filter(pk__in=[row.pk for row in rows]).update(outcome=outcome)


def _undo(made: EnrolmentImport, rows: list[Row]) -> None:
    """End the places and the access this list made; what was there before stays."""
    facts: dict[str, Any] = {
        "reason": "the list was undone",
        "actor": made.undone_by,
        "batch": str(made.pk),
    }
    many.withdraw([row.enrolment_id for row in rows if row.enrolment_id], **facts)
    people = [row.user_id for row in rows if row.user_id]
    many.end_access(
        Q(source_kind=KIND, source_ref=made.source_ref, user__in=people), **facts
    )
    _answer(rows, Outcome.UNDONE)


WORK: dict[str, Callable[[EnrolmentImport, list[Row]], None]] = {
    State.CHECKING: enrolment_check.check,
    State.RUNNING: _apply,
    State.UNDOING: _undo,
}
