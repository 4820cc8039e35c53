"""thinkorswim / Schwab account statement (Monitor → Account Statement → Export to File).

The fills are in "Account Trade History" (spreads as one line per leg); their costs are
only in "Cash Balance", whose clock differs by a second or two. Without the first section
the fills come from the TRD rows of the second. Times are in the account's zone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ami_worker._errors import RowError
from ami_worker._models import FillIn, InstrumentIn
from ami_worker.fills import UNNAMED, Parsed, identify, ranked, raw_of
from ami_worker.reading import CellError, Document, number, positive, shown
from ami_worker.sources.table import oldest_first, refuse, row_error
from ami_worker.sources.thinkorswim_lines import (
    CASH,
    TRADES,
    Deal,
    Line,
    deals,
    equity,
    expiry,
    local_time,
    option,
    sections,
    whole,
)

_EFFECTS: dict[str, Literal["open", "close", "unknown"]] = {
    "TO OPEN": "open",
    "TO CLOSE": "close",
    "AUTO": "unknown",
    "": "unknown",
}
_CLOCKS_DIFFER_BY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Leg:
    instrument: InstrumentIn
    quantity: Decimal  # signed
    price: Decimal
    effect: Literal["open", "close", "unknown"]
    cells: Mapping[str, str]


@dataclass(slots=True)
class Execution:
    """One line of the trade history with the legs that follow it."""

    line: int
    at: datetime
    net_price: Decimal | None
    legs: list[Leg]

    def is_of(self, deal: Deal) -> bool:
        """Whether the cash row speaks of this execution."""
        leg = self.legs[0]
        return (
            (leg.instrument.underlying or leg.instrument.symbol) == deal.symbol
            and leg.quantity == deal.quantity
            and self.net_price in {None, deal.price}
            and abs(self.at - deal.at) <= _CLOCKS_DIFFER_BY
        )


def executions(
    lines: list[Line], zone: ZoneInfo
) -> tuple[list[Execution], list[RowError]]:
    found: list[Execution] = []
    errors = []
    for line, row in lines:
        try:
            leg = _leg(row)
            if row["exec time"]:
                at = local_time("Exec Time", row["exec time"], zone)
                found.append(Execution(line, at, _net_price(row["net price"]), [leg]))
            elif found:
                found[-1].legs.append(leg)
            else:
                raise CellError("Exec Time", "is empty on the first row")
        except (CellError, ValidationError) as error:
            errors.append(row_error(line, error))
    if found and found[0].at > found[-1].at:
        found.reverse()  # exported newest first; the legs of a line keep their order
    return found, errors


def _leg(row: Mapping[str, str]) -> Leg:
    whole(row)
    sign = {"BUY": 1, "SELL": -1}.get(row["side"])
    if sign is None:
        raise CellError("Side", f"{shown(row['side'])} is not BUY or SELL")
    effect = _EFFECTS.get(row["pos effect"])
    if effect is None:
        raise CellError("Pos Effect", f"{shown(row['pos effect'])} is not known")
    quantity = abs(number("Qty", row["qty"]))
    price = number("Price", row["price"].lstrip("~"))
    return Leg(_instrument(row), positive_sign(quantity, sign), price, effect, row)


def positive_sign(quantity: Decimal, sign: int) -> Decimal:
    if not quantity:
        raise CellError("Qty", "must not be 0")
    return quantity * sign


def _instrument(row: Mapping[str, str]) -> InstrumentIn:
    kind = row["type"]
    if kind in {"STOCK", "ETF"}:
        return equity(row["symbol"])
    if kind in {"CALL", "PUT"}:
        positive("Strike", row["strike"])
        date = expiry("Exp", row["exp"])
        return option(row["symbol"], date, row["strike"], kind, Decimal(100))
    raise CellError(
        "Type",
        f"{shown(kind)} is not read yet (only STOCK, ETF, CALL and PUT): "
        "export a statement without those trades",
    )


def _net_price(text: str) -> Decimal | None:
    bare = text.lstrip("~")
    try:
        return abs(number("Net Price", bare))
    except CellError:
        return None  # a bare "~", CREDIT or DEBIT: the costs are found without it


def pair(
    found: list[Execution], cash: list[Deal]
) -> tuple[dict[int, Deal], list[Deal]]:
    """Executions (by line) with their cash row, and the cash rows that are left."""
    waiting: dict[str, list[Deal]] = defaultdict(list)
    for deal in sorted(cash, key=lambda deal: deal.at):
        waiting[deal.symbol].append(deal)
    paired = {}
    for execution in sorted(found, key=lambda execution: execution.at):
        first = execution.legs[0].instrument
        candidates = waiting[first.underlying or first.symbol]
        match = next((deal for deal in candidates if execution.is_of(deal)), None)
        if match:
            candidates.remove(match)
            paired[execution.line] = match
    return paired, [deal for left in waiting.values() for deal in left]


def _fills(found: list[Execution], paired: dict[int, Deal]) -> Iterator[FillIn]:
    for execution in found:
        deal = paired.get(execution.line)
        total = sum((abs(leg.quantity) for leg in execution.legs), Decimal(0))
        several = len(execution.legs) > 1
        for place, leg in enumerate(execution.legs, 1):
            share = (abs(leg.quantity), total)
            suffix = f"/{place}" if several else ""
            yield FillIn(
                external_id=f"{deal.reference}{suffix}" if deal else UNNAMED,
                instrument=leg.instrument.key,
                side="buy" if leg.quantity > 0 else "sell",
                position_effect=leg.effect,
                quantity=abs(leg.quantity),
                price=leg.price,
                executed_at=execution.at,
                commission=_part(deal.commission, *share) if deal else Decimal(0),
                fees=_part(deal.fees, *share) if deal else Decimal(0),
                fee_currency="USD",
                raw=raw_of(leg.cells),
            )


def _part(cost: Decimal, quantity: Decimal, total: Decimal) -> Decimal:
    """A leg's share, to the twelve decimals that the journal keeps."""
    return (cost * quantity / total).quantize(Decimal("1e-12")).normalize() + 0


def _from_cash(deal: Deal) -> FillIn:
    return FillIn(
        external_id=deal.reference or UNNAMED,
        instrument=deal.instrument.key,
        side="buy" if deal.quantity > 0 else "sell",
        quantity=abs(deal.quantity),
        price=deal.price,
        executed_at=deal.at,
        commission=deal.commission,
        fees=deal.fees,
        fee_currency="USD",
        raw=raw_of(deal.cells),
    )


def _distinct(fills: list[FillIn]) -> list[FillIn]:
    """A reference that the broker used for several fills gets "#2", "#3" behind it."""
    seen: Counter[str] = Counter()
    result = []
    for fill in fills:
        name = fill.external_id
        seen[name] += 1
        if name != UNNAMED and seen[name] > 1:
            fill = fill.model_copy(update={"external_id": f"{name}#{seen[name]}"})
        result.append(fill)
    return result


class Statement:
    id = "thinkorswim_statement_csv"
    title = "thinkorswim account statement (CSV)"

    @property
    def versions(self) -> dict[str, str]:
        return {
            "trades": f"sections {TRADES[0]} (or {TRADES[1]}) and {CASH}",
            "cash": f"section {CASH} alone",
        }

    def recognise(self, document: Document) -> str | None:
        found = sections(document)
        if TRADES[0] in found:
            return "trades"
        return "cash" if CASH in found else None

    def parse(self, document: Document, account_id: str, zone: ZoneInfo) -> Parsed:
        found = sections(document)
        cash, errors = [], []
        for line, deal in deals(found.get(CASH, []), zone):
            if isinstance(deal, Deal):
                cash.append(deal)
            else:
                errors.append(RowError(line, deal.column, str(deal)))
        history, more = executions(found.get(TRADES[0], []), zone)
        refuse(document, errors + more)
        notes: list[str] = []
        if TRADES[0] in found:
            paired, left = pair(history, cash)
            fills, grade = list(_fills(history, paired)), 2
            instruments = {
                leg.instrument.key: leg.instrument for e in history for leg in e.legs
            }
            notes = _notes(history, paired, left)
        else:
            fills, grade = [_from_cash(deal) for deal in cash], 1
            instruments = {deal.instrument.key: deal.instrument for deal in cash}
        fills = _distinct(oldest_first(fills))
        symbols = {key: item.symbol for key, item in instruments.items()}
        named = identify(account_id, fills, symbols)
        rows = sum(len(lines) for lines in found.values())
        return Parsed(instruments, ranked(self.id, named, grade), rows, notes)


def _notes(
    history: list[Execution], paired: dict[int, Deal], left: list[Deal]
) -> list[str]:
    notes = []
    if bare := [e.line for e in history if e.line not in paired]:
        notes.append(
            f"{len(bare)} fill(s) have no row in {CASH}, so their costs are not known "
            f"(first: row {bare[0]})"
        )
    if left:
        notes.append(
            f"{len(left)} trade(s) of {CASH} are not in {TRADES[0]} and were left out "
            f"(first: row {left[0].line})"
        )
    return notes


SOURCE = Statement()
