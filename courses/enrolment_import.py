"""A list of students: checked first, then applied in parts, and undone if need be.

check() writes one row for each line and changes nothing else. Applying and undoing go in
parts of PART lines, each in a transaction of its own that holds the list's row: a worker
that dies loses nothing, and running it again goes on with the rest.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Q
from django.utils.timezone import localdate, now

from accounts.models import User
from courses import grants, mails, many, tasks
from courses.enrolment_csv import Line, Listing
from courses.models import (
    AccessGrant,
    Course,
    Enrolment,
    EnrolmentImport,
    EnrolmentImportRow,
)

Row = EnrolmentImportRow
Outcome = EnrolmentImportRow.Outcome
State = EnrolmentImport.State
PART = 1000
PATIENCE = timedelta(minutes=1)
DATES = ("%Y-%m-%d", "%d/%m/%Y")
KIND = AccessGrant.SourceKind.IMPORT
LINK = """
UPDATE courses_enrolmentimportrow AS row SET enrolment_id = place.id, outcome = 'enrolled'
FROM unnest(%s::bigint[], %s::bigint[]) AS place(row_id, id)
WHERE row.id = place.row_id
"""


@transaction.atomic
def check(
    listing: Listing, *, name: str, by: str, give_access: bool, send_mail: bool
) -> EnrolmentImport:
    """Keep the list with a result for every line; nobody is enrolled yet.

    Five statements for each thousand lines.
    """
    made = EnrolmentImport.objects.create(
        name=name[:200],
        by=by,
        give_access=give_access,
        send_mail=send_mail,
        total=len(listing.lines),
        ignored=listing.ignored,
    )
    seen: set[tuple[str, str]] = set()
    for part in batched(listing.lines, PART, strict=False):
        Row.objects.bulk_create(_judged(made, part, seen))
    return made


def _judged(
    made: EnrolmentImport, lines: tuple[Line, ...], seen: set[tuple[str, str]]
) -> Iterator[Row]:
    people = User.objects.in_bulk({line.email for line in lines}, field_name="email")
    codes = {line.course.lower() for line in lines}
    courses = Course.objects.in_bulk(codes, field_name="code")
    rows = []
    for line in lines:
        row = Row(
            upload=made,
            line=line.number,
            email=line.email[:254],
            code=line.course[:120],
            until_text=line.until[:40],
            user=people.get(line.email),
            course=courses.get(line.course.lower()),
        )
        row.outcome = _broken(line, row) or _repeated(line, seen) or _unknown(line, row)
        rows.append(row)
    _compare(made, [row for row in rows if not row.outcome])
    yield from rows


def _broken(line: Line, row: Row) -> str:
    """What is wrong with the line whatever the school knows; sets the row's date."""
    if line.empty:
        return Outcome.EMPTY
    if line.extra:
        return Outcome.EXTRA
    if line.until:
        day = _day(line.until)
        if day is None:
            return Outcome.BAD_DATE
        if day < localdate():
            return Outcome.PAST_DATE
        row.until = grants.end_of(day)
    return ""


def _day(text: str) -> date | None:
    for pattern in DATES:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _repeated(line: Line, seen: set[tuple[str, str]]) -> str:
    pair = (line.email, line.course.lower())
    if pair in seen:
        return Outcome.REPEATED
    seen.add(pair)
    return ""


def _unknown(line: Line, row: Row) -> str:
    if row.user is None:
        try:
            validate_email(line.email)
        except ValidationError:
            return Outcome.BAD_EMAIL
        return Outcome.UNKNOWN_PERSON
    if not row.user.is_active:
        return Outcome.INACTIVE
    return "" if row.course else Outcome.UNKNOWN_COURSE


def _compare(made: EnrolmentImport, rows: list[Row]) -> None:
    """Whether these people take their course already and have access for as long."""
    taken = set(
        Enrolment.objects.active()
        .filter(
            user__in=[row.user_id for row in rows],
            course__in={row.course_id for row in rows},
        )
        .values_list("user_id", "course_id")
    )
    had = many.lasting(access_of(row).pair for row in rows)
    for row in rows:
        wanted = access_of(row)
        if wanted.pair not in taken:
            row.outcome = Outcome.ENROL
        elif _gives(made, row) and many.longer(wanted, had):
            row.outcome = Outcome.EXTEND
        else:
            row.outcome = Outcome.ALREADY


def access_of(row: Row) -> many.Access:
    """What the row gives its person. Only for rows whose person and course are known."""
    user, course = row.user_id, row.course_id
    assert user is not None  # noqa: S101
    assert course is not None  # noqa: S101
    return many.Access(user, course, row.until)


def _gives(made: EnrolmentImport, row: Row) -> bool:
    return made.give_access or row.until is not None


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
        state__in=[State.RUNNING, State.UNDOING], touched_at__lt=now() - PATIENCE
    )
    return list(rows.values_list("pk", flat=True))


def run(pk: uuid.UUID) -> None:
    """Apply or undo what is left of a list, part by part. Safe to run again or twice."""
    while step(pk):
        pass


@transaction.atomic
def step(pk: uuid.UUID) -> bool:
    """One part; False when nothing is left, or another worker has the list."""
    made = (
        EnrolmentImport.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, state__in=[State.RUNNING, State.UNDOING])
        .first()
    )
    if made is None:
        return False
    applying = made.state == State.RUNNING
    waiting = (
        [Outcome.ENROL, Outcome.EXTEND]
        if applying
        else [Outcome.ENROLLED, Outcome.EXTENDED]
    )
    rows = list(made.rows.filter(outcome__in=waiting).order_by("line")[:PART])
    if rows:
        (_apply if applying else _undo)(made, rows)
    else:
        made.state = State.DONE if applying else State.UNDONE
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
        [access_of(row) for row in known if _gives(made, row)],
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
        for place in places:
            mails.enrolled(place)


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
