"""Reading a list of students from a CSV file: every line answered, or a clear refusal.

A file is refused only when nothing in it can be trusted: too large, no text, columns
without names. What is wrong with one line is said of that line.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from courses.models import EnrolmentImportRow

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
MAX_UNREADABLE = 100  # each costs reading on to a quotation mark that may never come
SEPARATORS = ",;\t"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
COLUMNS = {
    "email": ("email", "e-mail", "mail", "correo", "correo electrónico"),
    "course": ("course", "course code", "curso", "código", "codigo", "code"),
    "until": ("access until", "until", "acceso hasta", "hasta"),
}
Outcome = EnrolmentImportRow.Outcome


class FileError(Exception):
    """Nothing of the file can be used; the text says why and what to do."""


@dataclass(frozen=True)
class Line:
    """number: of the line in the file, from 1. problem: an Outcome; "" for a whole line."""

    number: int
    email: str = ""
    course: str = ""
    until: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Listing:
    lines: list[Line]
    ignored: list[str]


def read(content: bytes) -> Listing:
    """Every line below the first. Raises FileError."""
    records = _records(_text(content))
    header = next(records, (0, []))[1]
    if header is None:
        raise FileError(_("Line 1 cannot be read: look for a stray quotation mark."))
    header = [_named(name) for name in header]
    places, ignored = _columns(header)
    lines = []
    for number, cells in records:
        lines.append(_line(number, cells, places, len(header)))
        if len(lines) > MAX_ROWS:
            raise FileError(
                _("The file has more than 50,000 lines. Split it into smaller ones.")
            )
    if not lines:
        raise FileError(_("The file has no line below the names of the columns."))
    return Listing(lines, ignored)


def _text(content: bytes) -> str:
    """What is not UTF-8 stays in it as surrogates, for the line to answer for."""
    if len(content) > MAX_BYTES:
        raise FileError(_("The file is larger than 5 MB. Split it into smaller ones."))
    if content.startswith(UTF16):
        text = content.decode("utf-16", "replace")
    else:
        text = content.decode("utf-8-sig", "surrogateescape")
    place = text.find("\0")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        raise FileError(
            _(
                "Line %(line)d holds a NUL character: this is no text file. Save it as "
                "“CSV UTF-8” and upload it again."
            )
            % {"line": line}
        )
    return text


def _records(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """(number of its first line, cells) of each record; None for one that cannot be read.

    After a quotation mark without its pair reading goes on with the next line.
    """
    # lines keep their ends, as the reader wants them: a cell may hold some
    lines = list(io.StringIO(text, newline=""))
    first = text.lstrip().split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    at = unreadable = 0
    while at < len(lines):
        start = at
        reader = csv.reader(islice(lines, at, None), delimiter=separator, strict=True)
        try:
            for cells in reader:
                yield start + 1, cells
                start = at + reader.line_num
            return
        except csv.Error:
            unreadable += 1
            yield start + 1, None
            at = start + 1
        if unreadable > MAX_UNREADABLE:
            raise FileError(
                _(
                    "More than %(count)d lines cannot be read; the last is line "
                    "%(line)d. Look for quotation marks without their pair."
                )
                % {"count": MAX_UNREADABLE, "line": at}
            )


def _named(cell: str) -> str:
    """The name of a column; spreadsheets of Western Europe write Windows-1252."""
    raw = cell.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _columns(header: list[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column is, and the names of those nobody asked for."""
    names = [name.strip().lower().replace("_", " ") for name in header]
    places: dict[str, int] = {}
    ignored = []
    for place, name in enumerate(names):
        column = next((one for one, known in COLUMNS.items() if name in known), "")
        if column in places:
            raise FileError(
                _("The first line names the column “%(name)s” twice.")
                % {"name": header[place].strip()[:60]}
            )
        if column:
            places[column] = place
        elif name:
            ignored.append(header[place].strip()[:60])
    if not {"email", "course"} <= set(places):
        raise FileError(
            _(
                "The first line must name the columns “email” and “course”, and may name "
                "“access until”. It says: %(found)s"
            )
            % {"found": ", ".join(header)[:120] or "—"}
        )
    return places, ignored[:20]


def _line(
    number: int, cells: list[str] | None, places: dict[str, int], width: int
) -> Line:
    if cells is None:
        return Line(number, problem=Outcome.UNREADABLE)

    def cell(column: str) -> str:
        place = places.get(column, width)
        return cells[place].strip() if place < min(width, len(cells)) else ""

    found = [cell("email").lower(), cell("course"), cell("until")]
    shown = [
        text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for text in found
    ]
    return Line(number, *[*shown, _problem(found, shown, cells[width:])])


def _problem(found: list[str], shown: list[str], rest: list[str]) -> str:
    """rest: cells to the right of the last column."""
    if not any(found + [text.strip() for text in rest]):
        return Outcome.EMPTY
    if found != shown or "\ufffd" in "".join(shown):
        return Outcome.ENCODING
    return Outcome.EXTRA if any(text.strip() for text in rest) else ""
