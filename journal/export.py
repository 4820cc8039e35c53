"""A period's closed trades as CSV, exact numbers and UTC times, for spreadsheets."""

import csv
from collections.abc import Iterator
from decimal import Decimal

from journal import listing
from journal.models import Trade
from journal.period import View

HEAD = ["id", "symbol", "direction", "day", "opened_at", "closed_at", "quantity",
        "entry_price", "exit_price", "gross_pnl", "commission", "fees", "funding",
        "net_pnl", "currency", "holding_seconds", "fill_count"]  # fmt: skip


class _Echo:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(view: View) -> Iterator[str]:
    """The file line by line; the database is read in steps, however long it is."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEAD)
    for trade in listing.closed(view).iterator(chunk_size=2000):
        yield writer.writerow([_cell(trade, name) for name in HEAD])


def _cell(trade: Trade, name: str) -> str:
    value = trade.instrument.symbol if name == "symbol" else getattr(trade, name)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    """A spreadsheet would run a text that starts like a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
