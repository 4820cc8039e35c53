"""Reading a list of students from a CSV file: the whole file or a clear refusal."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
SEPARATORS = ",;\t"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
COLUMNS = {
    "email": ("email", "e-mail", "mail", "correo", "correo electrónico"),
    "course": ("course", "course code", "curso", "código", "codigo", "code"),
    "until": ("access until", "until", "acceso hasta", "hasta"),
}


class FileError(Exception):
    """Nothing of the file can be used; the text says why and what to do."""


@dataclass(frozen=True)
class Line:
    """number: of the line in the file, from 1. extra: it has cells without a column."""

    number: int
    email: str
    course: str
    until: str
    extra: bool = False

    @property
    def empty(self) -> bool:
        return not (self.email or self.course or self.until)


@dataclass(frozen=True)
class Listing:
    lines: list[Line]
    ignored: list[str]


def read(content: bytes) -> Listing:
    """Every line below the first. Raises FileError."""
    text = _text(content)
    reader = _reader(text)
    rows = _rows(reader)
    header = next(rows, (0, []))[1]
    places, ignored = _columns(header)
    lines = [_line(number, cells, places, len(header)) for number, cells in rows]
    if not lines:
        raise FileError(_("The file has no line below the names of the columns."))
    return Listing(lines, ignored)


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise FileError(_("The file is larger than 5 MB. Split it into smaller ones."))
    if content.startswith(UTF16):
        raise FileError(
            _("The file is UTF-16 text. Save it as “CSV UTF-8” and upload it again.")
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(
            _(
                "Line %(line)d is not UTF-8 text. Save the file as “CSV UTF-8” and upload "
                "it again."
            )
            % {"line": line}
        ) from None
    place = text.find("\0")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        raise FileError(
            _("Line %(line)d holds a NUL character: this is no text file.")
            % {"line": line}
        )
    return text


def _reader(text: str) -> Iterator[list[str]]:
    first = text.lstrip().split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    # a file without line ends inside quotes; newline="" keeps those that are
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each record; at most MAX_ROWS below the first."""
    count, start = -1, 1
    try:
        for cells in reader:
            count += 1
            if count > MAX_ROWS:
                raise FileError(
                    _(
                        "The file has more than 50,000 lines. Split it into smaller ones."
                    )
                )
            yield start, cells
            start = reader.line_num + 1  # type: ignore[attr-defined]
    except csv.Error:
        raise FileError(
            _(
                "Line %(line)d cannot be read: look for a quotation mark without its pair."
            )
            % {"line": start}
        ) from None


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


def _line(number: int, cells: list[str], places: dict[str, int], width: int) -> Line:
    def cell(column: str) -> str:
        place = places.get(column, width)
        return cells[place].strip() if place < min(width, len(cells)) else ""

    return Line(
        number=number,
        email=cell("email").lower(),
        course=cell("course"),
        until=cell("until"),
        extra=any(one.strip() for one in cells[width:]),
    )
