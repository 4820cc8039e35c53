"""What the lines of an uploaded list would do, told before anybody is enrolled.

keep() stores the lines as the request brings them; check() answers a part of them later, in
a fixed number of statements whatever the number of lines.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.timezone import localdate

from accounts.models import User
from courses import grants, many
from courses.enrolment_csv import Line
from courses.models import Course, Enrolment, EnrolmentImport, EnrolmentImportRow

Row = EnrolmentImportRow
Outcome = EnrolmentImportRow.Outcome
STORED = 5000  # lines in a statement
DATES = ("%Y-%m-%d", "%d/%m/%Y")
KEEP = """
INSERT INTO courses_enrolmentimportrow
    (upload_id, line, email, code, until_text, until, outcome)
SELECT %s, found.* FROM unnest(
    %s::integer[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[]
) AS found
"""
ANSWER = """
UPDATE courses_enrolmentimportrow AS line
SET user_id = found.person, course_id = found.course, outcome = found.outcome
FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[], %s::text[])
    AS found(id, person, course, outcome)
WHERE line.id = found.id
"""


def keep(made: EnrolmentImport, lines: Iterable[Line]) -> None:
    """Store every line; those a look at the file answers get their answer at once."""
    for part in batched(_rows(made, lines), STORED, strict=False):
        values: list[list[Any]] = [
            [row.line for row in part],
            [row.email for row in part],
            [row.code for row in part],
            [row.until_text for row in part],
            [row.until for row in part],
            [str(row.outcome) for row in part],
        ]
        with connection.cursor() as cursor:
            cursor.execute(KEEP, [made.pk, *values])


def _rows(made: EnrolmentImport, lines: Iterable[Line]) -> Iterator[Row]:
    seen: set[tuple[str, str]] = set()
    for line in lines:
        row = Row(
            upload=made,
            line=line.number,
            email=line.email[:254],
            code=line.course[:120],
            until_text=line.until[:40],
        )
        row.outcome = line.problem or _dated(row) or _repeated(line, seen)
        yield row


def _dated(row: Row) -> str:
    """What is wrong with the row's day, which becomes its moment otherwise."""
    if not row.until_text:
        return ""
    day = _day(row.until_text)
    if day is None:
        return Outcome.BAD_DATE
    if day < localdate():
        return Outcome.PAST_DATE
    row.until = grants.end_of(day)
    return ""


@lru_cache(1024)
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
    return Outcome.WAITING


def check(made: EnrolmentImport, rows: list[Row]) -> None:
    """Answer these lines, which were waiting. Five statements."""
    found = User.objects.filter(email__in={row.email for row in rows})
    people = {
        email: (pk, active)
        for pk, email, active in found.values_list("pk", "email", "is_active")
    }
    codes = {row.code.lower() for row in rows}
    courses = dict(Course.objects.filter(code__in=codes).values_list("code", "key"))
    for row in rows:
        row.user_id, active = people.get(row.email, (None, False))
        row.course_id = courses.get(row.code.lower())
        row.outcome = _unknown(row, active=active)
    _compare(made, [row for row in rows if not row.outcome])
    values: list[list[Any]] = [
        [row.pk for row in rows],
        [row.user_id for row in rows],
        [row.course_id for row in rows],
        [str(row.outcome) for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(ANSWER, values)


def _unknown(row: Row, *, active: bool) -> str:
    if row.user_id is None:
        try:
            validate_email(row.email)
        except ValidationError:
            return Outcome.BAD_EMAIL
        return Outcome.UNKNOWN_PERSON
    if not active:
        return Outcome.INACTIVE
    return "" if row.course_id else Outcome.UNKNOWN_COURSE


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
        elif gives(made, row) and many.longer(wanted, had):
            row.outcome = Outcome.EXTEND
        else:
            row.outcome = Outcome.ALREADY


def access_of(row: Row) -> many.Access:
    """What the row gives its person. Only for rows whose person and course are known."""
    user, course = row.user_id, row.course_id
    assert user is not None  # noqa: S101
    assert course is not None  # noqa: S101
    return many.Access(user, course, row.until)


def gives(made: EnrolmentImport, row: Row) -> bool:
    return made.give_access or row.until is not None
