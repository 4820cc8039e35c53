"""Fills as the worker keeps them: who they are, in which order they count, how files merge."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from ami_worker._models import FillIn, InstrumentIn

UNNAMED = "?"  # the external_id of a fill to which the file gives none


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill with what the wire does not carry.

    `rank` is its place among the fills of the same instant in its file, oldest first.
    `grade` says how much the file told: of two records of one fill the higher one stays.
    """

    source: str
    data: FillIn
    rank: int = 0
    grade: int = 1

    @property
    def order(self) -> tuple[datetime, int, int, str]:
        """When, then the broker's sequence if it is a number, then the place in the file."""
        name = self.data.external_id
        digits = name.split("/", 1)[0]
        number = int(digits) if digits.isascii() and digits.isdigit() else 0
        return (self.data.executed_at, number, self.rank, name)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a source found in a file. `notes` are for the person at the screen."""

    instruments: dict[str, InstrumentIn]
    fills: list[Fill]
    rows_read: int
    notes: list[str] = field(default_factory=list)


def canonical(value: Decimal) -> str:
    """One text per value: 2.50 and 2.5 are the same quantity."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def identify(
    account_id: str, fills: Sequence[FillIn], symbols: dict[str, str]
) -> list[FillIn]:
    """Give an external_id to the UNNAMED fills, which keeps repeats apart.

    The id is the hash of what the file says plus the occurrence number among equal
    rows, so that two identical fills stay two and the same file read again adds none.
    """
    seen: Counter[str] = Counter()
    named = []
    for fill in fills:
        if fill.external_id != UNNAMED:
            named.append(fill)
            continue
        text = "|".join(
            (
                account_id,
                symbols[fill.instrument],
                fill.executed_at.astimezone(UTC).isoformat(),
                fill.side,
                canonical(fill.quantity),
                canonical(fill.price),
            )
        )
        seen[text] += 1
        digest = hashlib.sha256(f"{text}|{seen[text]}".encode()).hexdigest()
        named.append(fill.model_copy(update={"external_id": f"h:{digest[:40]}"}))
    return named


def ranked(source: str, fills: Iterable[FillIn], grade: int = 1) -> list[Fill]:
    """Number the fills of each instant in the given order, oldest first."""
    seen: Counter[datetime] = Counter()
    result = []
    for fill in fills:
        result.append(Fill(source, fill, seen[fill.executed_at], grade))
        seen[fill.executed_at] += 1
    return result


def better(one: Fill, other: Fill) -> Fill:
    """Of two records of the same fill, the one to keep; the same whatever came first."""
    chosen = max(one, other, key=lambda fill: (fill.grade, fill.data.model_dump_json()))
    rank = min(one.rank, other.rank)
    return Fill(chosen.source, chosen.data, rank, chosen.grade)


def effective(fills: Sequence[Fill]) -> list[Fill]:
    """In order of processing, without net rows whose single legs are known too."""
    detailed = {
        (fill.source, fill.data.external_id.rsplit("/", 1)[0])
        for fill in fills
        if "/" in fill.data.external_id
    }
    kept = (f for f in fills if (f.source, f.data.external_id) not in detailed)
    return sorted(kept, key=lambda fill: fill.order)


def raw_of(cells: Mapping[str, str]) -> dict[str, str]:
    """The row as the file had it, within what the journal keeps of one."""
    filled = [(name[:200], text[:2000]) for name, text in cells.items() if text]
    return dict(filled[:40])
