"""A plain CSV table as a source: header versions and one function per version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ami_worker._errors import FileError, RowError
from ami_worker._models import FillIn, InstrumentIn
from ami_worker.fills import Parsed, identify, ranked, raw_of
from ami_worker.reading import CellError, Document

Cells = Mapping[str, str]
Read = Callable[[Cells, ZoneInfo], tuple[InstrumentIn, FillIn]]


@dataclass(frozen=True, slots=True)
class Version:
    """One generation of an export: recognised by its set of column names."""

    header: str  # the column names as the file has them, joined by commas
    read: Read


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    title: str
    generations: dict[str, Version]

    @property
    def versions(self) -> dict[str, str]:
        return {name: item.header for name, item in self.generations.items()}

    def recognise(self, document: Document) -> str | None:
        seen = sorted(document.header)
        for name, item in self.generations.items():
            if sorted(item.header.split(",")) == seen:
                return name
        return None

    def parse(self, document: Document, account_id: str, zone: ZoneInfo) -> Parsed:
        version = self.generations[self.recognise(document) or ""]
        columns, body = document.header, document.rows[1:]
        instruments: dict[str, InstrumentIn] = {}
        fills, errors = [], []
        for line, cells in body:
            try:
                row = _cells(columns, cells)
                instrument, fill = version.read(row, zone)
            except (CellError, ValidationError) as error:
                errors.append(row_error(line, error))
                continue
            instruments[instrument.key] = instrument
            fills.append(fill.model_copy(update={"raw": raw_of(row)}))
        refuse(document, errors)
        fills = oldest_first(fills)
        symbols = {key: item.symbol for key, item in instruments.items()}
        named = identify(account_id, fills, symbols)
        return Parsed(instruments, ranked(self.id, named), len(body))


def _cells(columns: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise CellError(
            columns[min(len(cells), len(columns) - 1)],
            f"the row has {len(cells)} cells instead of {len(columns)}: it was cut or edited",
        )
    return dict(zip(columns, cells, strict=True))


def row_error(line: int, error: CellError | ValidationError) -> RowError:
    """The refusal of a cell, or of a value that the journal's contract cannot carry."""
    if isinstance(error, CellError):
        return RowError(line, error.column, str(error))
    first = error.errors(include_url=False, include_input=False)[0]
    return RowError(line, ".".join(map(str, first["loc"])), first["msg"])


def oldest_first(fills: list[FillIn]) -> list[FillIn]:
    """Turn a newest-first export round, then sort; rows of one instant keep their order."""
    if len(fills) > 1 and fills[0].executed_at > fills[-1].executed_at:
        fills = fills[::-1]
    return sorted(fills, key=lambda fill: fill.executed_at)


def refuse(document: Document, errors: list[RowError]) -> None:
    """A file with a row that cannot be read is refused whole: half an import is wrong."""
    if errors:
        raise FileError(
            f"{document.name}: {len(errors)} row(s) cannot be read; nothing was sent. "
            "Export the file again, without editing it.",
            tuple(sorted(errors, key=lambda error: error.row)),
        )
