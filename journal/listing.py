"""Lists of trades: newest first by keyset, open positions, and per symbol."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from journal.models import Roll, Trade
from journal.period import View

PAGE_SIZE = 25
MAX_OPEN = 50
MAX_SYMBOLS = 12


@dataclass(frozen=True)
class Page:
    trades: list[Trade]
    older: str
    is_first: bool


def closed(view: View) -> QuerySet[Trade]:
    """The period's closed trades, newest first."""
    return (
        Trade.objects.filter(
            account=view.account,
            status="closed",
            currency=view.currency,
            **view.days("day"),
        )
        .select_related("instrument")
        .order_by("-day", "-closed_at", "-id")
    )


def page(view: View, cursor: str) -> Page:
    """The 25 trades after the cursor, which `older` of the page before gave. One query."""
    trades = closed(view)
    place = read(cursor)
    if place:
        moment, last = place
        trades = trades.filter(
            Q(closed_at__lt=moment) | Q(closed_at=moment, id__lt=last)
        )
    found = list(trades[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    older = write(shown[-1]) if len(found) > PAGE_SIZE else ""
    return Page(shown, older, place is None)


def write(trade: Trade) -> str:
    assert trade.closed_at is not None  # noqa: S101  only closed trades are paged
    text = f"{trade.closed_at.isoformat()}|{trade.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str) -> tuple[datetime, UUID] | None:
    """Where a page ended; None for a first page and for what was not written here."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, _, key = base64.urlsafe_b64decode(padded).decode().partition("|")
        found = datetime.fromisoformat(moment)
        return (found, UUID(key)) if found.tzinfo else None
    except (ValueError, binascii.Error):
        return None


def open_positions(view: View) -> Sequence[Trade]:
    """Whatever the period: they are open now."""
    return list(
        Trade.objects.filter(
            account=view.account, status="open", currency=view.currency
        )
        .select_related("instrument")
        .order_by("-opened_at", "-id")[:MAX_OPEN]
    )


def by_symbol(view: View) -> list[dict[str, Any]]:
    """Sums per symbol, best first, each with its share of wins. One query."""
    rows = (
        Roll.objects.filter(
            account=view.account, currency=view.currency, **view.days("day")
        )
        .values("instrument__symbol")
        .annotate(trades=Sum("count"), won=Sum("wins"), earned=Sum("net"))
        .order_by("-earned", "instrument__symbol")
    )
    return [
        {
            "symbol": row["instrument__symbol"],
            "trades": row["trades"],
            "win_rate": Decimal(row["won"]) / row["trades"],
            "net": row["earned"],
        }
        for row in rows
    ]
