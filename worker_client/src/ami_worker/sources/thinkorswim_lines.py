"""The sections and the line grammar of a thinkorswim account statement."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ami_worker._models import InstrumentIn
from ami_worker.reading import CellError, Document, moment, number, positive, shown

CASH = "Cash Balance"
TRADES = ("Account Trade History", "Filled Orders")
_CASH_COLUMNS = {"type", "ref #", "description", "misc fees", "commissions & fees"}
_TRADE_COLUMNS = {
    "exec time",
    "spread",
    "side",
    "qty",
    "pos effect",
    "symbol",
    "exp",
    "strike",
    "type",
    "price",
    "net price",
}
_TIMES = ("%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
_EXPIRIES = ("%d %b %y", "%d %b %Y")
_DEAL = re.compile(r"\b(BOT|SOLD)\s+([+-]?[\d,.]+)\s+(.+?)\s+@\s*~?(-?[\d,.]+)", re.A)
_STOCK = re.compile(r"[A-Z][A-Z0-9./-]{0,20}", re.A)
_OPTION = re.compile(
    r"(?:(?P<spread>[A-Z~/ ]+?)\s+)?(?P<symbol>[A-Z][A-Z0-9./]*)\s+(?P<multiplier>\d+)\s+"
    r"(?:\((?P<series>[^)]*)\)\s+)?(?P<expiry>\d{1,2} [A-Z]{3} \d{2,4})\s+(?:\[\w+\]\s+)?"
    r"(?P<strike>[\d.]+(?:/[\d.]+)*)\s+(?P<right>CALL|PUT)",
    re.A,
)

Line = tuple[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Deal:
    """A TRD row of Cash Balance. quantity is signed; costs are positive when paid."""

    line: int
    at: datetime
    reference: str
    instrument: InstrumentIn
    quantity: Decimal
    price: Decimal
    commission: Decimal
    fees: Decimal
    cells: Mapping[str, str]

    @property
    def symbol(self) -> str:
        return self.instrument.underlying or self.instrument.symbol


def section_of(cells: tuple[str, ...], title: str) -> str | None:
    """The section whose column names these cells are."""
    names = {cell.lower() for cell in cells}
    if names >= _CASH_COLUMNS:
        return CASH
    if names >= _TRADE_COLUMNS and title in TRADES:
        return TRADES[0]
    return None


def sections(document: Document) -> dict[str, list[Line]]:
    """Lines of the two sections that hold trades, keyed by lower-case column name."""
    found: dict[str, list[Line]] = {}
    title, current = "", ""
    columns: tuple[str, ...] = ()
    for line, cells in document.rows:
        filled = [cell for cell in cells if cell]
        section = section_of(cells, title)
        if section:
            current, columns = section, tuple(cell.lower() for cell in cells)
            found.setdefault(section, [])
        elif len(filled) == 1 and cells[0]:
            title, current = cells[0], ""
        elif current:
            found[current].append((line, _named(columns, cells)))
    return found


def _named(columns: tuple[str, ...], cells: tuple[str, ...]) -> dict[str, str]:
    """Cells by name; a cut row keeps the marker of its length for the row's reader."""
    row = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    if len(cells) < len(columns) - 1 or any(cells[len(columns) :]):
        row[""] = f"{len(cells)} cells instead of {len(columns)}"
    return row


def whole(row: Mapping[str, str]) -> None:
    if "" in row:
        raise CellError("row", f"the row has {row['']}: it was cut or edited")


def local_time(column: str, text: str, zone: ZoneInfo) -> datetime:
    return moment(column, text, _TIMES).replace(tzinfo=zone).astimezone(UTC)


def money(column: str, text: str) -> Decimal:
    """ "-$1.30", "$0.00", "(1.30)" or nothing."""
    bare = text.replace("$", "")
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    return number(column, bare) if bare else Decimal(0)


def deals(lines: list[Line], zone: ZoneInfo) -> Iterator[tuple[int, Deal | CellError]]:
    """Each TRD row read, or the reason why it cannot be."""
    for line, row in lines:
        if row.get("type") != "TRD":
            continue
        try:
            yield line, _deal(line, row, zone)
        except CellError as error:
            yield line, error


def _deal(line: int, row: Mapping[str, str], zone: ZoneInfo) -> Deal:
    whole(row)
    found = _DEAL.search(row["description"])
    if not found:
        raise CellError("DESCRIPTION", f"{shown(row['description'])} is not a trade")
    quantity = abs(number("DESCRIPTION", found[2]))
    when = " ".join(filter(None, (row.get("date"), row.get("time"))))
    return Deal(
        line=line,
        at=local_time("TIME", when, zone),
        reference=row["ref #"].strip('="'),
        instrument=described(found[3]),
        quantity=quantity if found[1] == "BOT" else -quantity,
        price=abs(number("DESCRIPTION", found[4])),
        commission=-money("Commissions & Fees", row["commissions & fees"]),
        fees=-money("Misc Fees", row["misc fees"]),
        cells=row,
    )


def described(text: str) -> InstrumentIn:
    """The instrument of a description: AAPL, or SPY 100 (Weeklys) 5 JUN 26 715 PUT.

    A spread ("VERTICAL SPY 100 5 JUN 26 715/714 PUT") has one net price and no leg
    prices, so it becomes one instrument of its own.
    """
    if _STOCK.fullmatch(text):
        return equity(text)
    found = _OPTION.fullmatch(text)
    if not found:
        raise CellError(
            "DESCRIPTION",
            f"{shown(text)} is not a stock, an option or a vertical: export the statement "
            f"with its section {TRADES[0]}",
        )
    return option(
        found["symbol"],
        expiry("DESCRIPTION", found["expiry"]),
        found["strike"],
        found["right"],
        Decimal(found["multiplier"]),
    )


def equity(symbol: str) -> InstrumentIn:
    return InstrumentIn(
        key=f"equity:{symbol}:USD", asset_class="equity", symbol=symbol, currency="USD"
    )


def option(
    symbol: str, expires: date, strikes: str, right: str, multiplier: Decimal
) -> InstrumentIn:
    """`strikes` is one number, or several joined by "/" for a spread."""
    single = "/" not in strikes
    strike = positive("Strike", strikes) if single else None
    shown_strike = format(strike.normalize(), "f") if strike is not None else strikes
    side = "C" if right == "CALL" else "P"
    return InstrumentIn(
        key=f"option:{symbol}:{expires.isoformat()}:{shown_strike}:{side}:USD",
        asset_class="option",
        symbol=f"{symbol} {expires.isoformat()} {shown_strike} {side}",
        underlying=symbol,
        currency="USD",
        multiplier=multiplier,
        expiry=expires,
        strike=strike,
        right="C" if side == "C" else "P",
    )


def expiry(column: str, text: str) -> date:
    return moment(column, text.title(), _EXPIRIES).date()
