"""Files as people export them: text in, exact values out, refusals that name the cell."""

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ami_worker._errors import FileError

MAX_BYTES = 100_000_000
_BOMS_16 = (b"\xff\xfe", b"\xfe\xff")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", re.ASCII)


class CellError(ValueError):
    """A cell cannot be read. The message says what was expected."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class Document:
    """A text file split into cells. `rows` are (1-based line, cells), blank lines out."""

    name: str
    sha256: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def header(self) -> tuple[str, ...]:
        return self.rows[0][1]


def read(path: Path) -> Document:
    """Raises FileError, with the remedy, for whatever is not a UTF-8 CSV of sane size."""
    data = _bytes(path)
    rows = tuple(_rows(path.name, _text(path.name, data)))
    if not rows:
        raise FileError(f"{path.name} is empty: export it again.")
    return Document(path.name, hashlib.sha256(data).hexdigest(), rows)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder: name one file in it.")
        if not path.is_file():
            raise FileError(f"{path} does not exist or is not a file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(
                f"{path.name} has {size / 1e6:.0f} MB; the limit is "
                f"{MAX_BYTES / 1e6:.0f} MB: export a shorter period, for example a year."
            )
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from error


def _text(name: str, data: bytes) -> str:
    if data.startswith(_BOMS_16):
        raise FileError(f"{name} is UTF-16 text: save it again as CSV UTF-8.")
    if b"\x00" in data:
        raise FileError(
            f"{name} is a binary file, not a CSV: export it from the broker as CSV."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{name} is not UTF-8 text (line {line}): save it again as CSV UTF-8."
        ) from error


def _rows(name: str, text: str) -> list[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = []
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                found.append((reader.line_num, stripped))
    except csv.Error as error:
        raise FileError(
            f"{name}, line {reader.line_num}: broken CSV ({error}): "
            "the file was cut or edited; export it again."
        ) from error
    return found


def number(column: str, text: str) -> Decimal:
    """An exact number such as "1,051.19"; raises CellError for anything else."""
    if not text or text in "+-" or not _NUMBER.fullmatch(text):
        raise CellError(column, f"{shown(text)} is not a number")
    value = Decimal(text.replace(",", ""))
    sign, digits, exponent = value.normalize().as_tuple()
    if not isinstance(exponent, int) or exponent < -12 or len(digits) + exponent > 16:
        raise CellError(column, f"{shown(text)} has more than 16 digits or 12 decimals")
    return value


def positive(column: str, text: str) -> Decimal:
    value = number(column, text)
    if value <= 0:
        raise CellError(column, f"{shown(text)} must be more than 0")
    return value


def moment(column: str, text: str, layouts: tuple[str, ...]) -> datetime:
    """A naive time of 1990 or later, in the first layout that fits."""
    for layout in layouts:
        try:
            value = datetime.strptime(text, layout)  # noqa: DTZ007  the caller knows the zone
        except ValueError:
            continue
        if value.year >= 1990:
            return value
    raise CellError(column, f"{shown(text)} is not a time like {_example(layouts[0])}")


def _example(layout: str) -> str:
    return datetime(2026, 1, 31, 15, 4, 5).strftime(layout)  # noqa: DTZ001  only shown


def shown(text: str) -> str:
    """A cell for an error message: quoted, one line, at most 40 characters."""
    return (
        repr(text if len(text) <= 40 else text[:39] + "…") if text else "an empty cell"
    )
