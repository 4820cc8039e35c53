"""Daily statistics of one account: what each trading day realised, and the equity curve.

- A day is the account's: its zone, rolled at `day_roll`. A roll at noon or later starts
  the next date (17:00 New York: Sunday evening is Monday); an earlier one ends the last.
- An exit books on its own day, with its share of the entry's costs; a trade counts on
  the day that closes it.
- Every day from the first fill to the last has a row, zero days too: every calendar day
  for accounts with coins or with fills on a weekend, Monday to Friday otherwise.
- Currencies never mix: equity starts at the starting balance in the base currency and
  at 0 in any other. What is undefined is None: the return on an equity of 0 or less, the
  drawdown share without a positive peak or beyond all of it.

Plain integers, no data frame: pandas would turn exact money into floats or objects.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ami_worker._models import AccountOut, DailyStatIn, InstrumentIn
from ami_worker.exact import UNIT, divided, ratio, scaled, unscaled
from ami_worker.fills import Fill
from ami_worker.matching import Costs, Matched

METRICS_VERSION = "1"
_NOON = time(12)


@dataclass(slots=True)
class _Day:
    gross: int = 0
    costs: Costs = field(default_factory=Costs)
    volume: int = 0
    wins: int = 0
    losses: int = 0
    breakevens: int = 0

    @property
    def net(self) -> int:
        costs = self.costs
        return self.gross - costs.commission - costs.fees + costs.funding


class TradingDays:
    """Which trading day of the account a moment belongs to."""

    def __init__(self, zone: str, day_roll: str) -> None:
        self._zone = ZoneInfo(zone)
        self._roll = time.fromisoformat(day_roll)

    def of(self, moment: datetime) -> date:
        local = moment.astimezone(self._zone)
        day = local.date()
        if self._roll >= _NOON:
            return day + timedelta(days=local.time() >= self._roll)
        return day - timedelta(days=local.time() < self._roll)


def daily(
    account: AccountOut,
    books: Sequence[tuple[InstrumentIn, Sequence[Fill], Sequence[Matched]]],
) -> list[DailyStatIn]:
    """Rows by currency, then date. `books` holds each instrument's fills and trades."""
    days = TradingDays(account.timezone, account.day_roll)
    table: dict[str, dict[date, _Day]] = defaultdict(lambda: defaultdict(_Day))
    coins = False
    for instrument, fills, matched in books:
        coins = coins or instrument.asset_class.startswith("crypto")
        money = table[instrument.currency]
        _count_volume(money, instrument, fills, days)
        for item in matched:
            _count_trade(money, item, days)
    every = [day for money in table.values() for day in money]
    if not every:
        return []
    weekends = coins or any(day.weekday() >= 5 for day in every)
    rows: list[DailyStatIn] = []
    for currency, money in sorted(table.items()):
        calendar = _calendar(min(money), max(every), weekends=weekends)
        is_base = currency == account.base_currency
        start = scaled(account.starting_balance) if is_base else 0
        rows.extend(_curve(currency, start, money, calendar))
    return rows


def _count_volume(
    money: dict[date, _Day],
    instrument: InstrumentIn,
    fills: Sequence[Fill],
    days: TradingDays,
) -> None:
    multiplier = scaled(instrument.multiplier)
    for fill in fills:
        value = scaled(fill.data.quantity) * scaled(fill.data.price) * multiplier
        money[days.of(fill.data.executed_at)].volume += divided(value, UNIT * UNIT)


def _count_trade(money: dict[date, _Day], item: Matched, days: TradingDays) -> None:
    for booking in item.bookings:
        day = money[days.of(booking.at)]
        day.gross += booking.gross
        day.costs += booking.costs
    trade = item.trade
    if trade.closed_at is None:
        return
    day = money[days.of(trade.closed_at)]
    day.wins += trade.net_pnl > 0
    day.losses += trade.net_pnl < 0
    day.breakevens += trade.net_pnl == 0


def _calendar(first: date, last: date, *, weekends: bool) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if weekends or day.weekday() < 5:
            yield day


def _curve(
    currency: str, start: int, money: dict[date, _Day], calendar: Iterator[date]
) -> Iterator[DailyStatIn]:
    equity = peak = start
    for day in calendar:
        done = money.get(day) or _Day()
        opened, equity = equity, equity + done.net
        peak = max(peak, equity)
        fall = peak - equity
        yield DailyStatIn(
            date=day,
            currency=currency,
            trades_closed=done.wins + done.losses + done.breakevens,
            wins=done.wins,
            losses=done.losses,
            breakevens=done.breakevens,
            gross_pnl=unscaled(done.gross),
            commission=unscaled(done.costs.commission),
            fees=unscaled(done.costs.fees),
            funding=unscaled(done.costs.funding),
            net_pnl=unscaled(done.net),
            volume=unscaled(done.volume),
            cash_flow=unscaled(0),
            equity_open=unscaled(opened),
            equity_close=unscaled(equity),
            peak_equity=unscaled(peak),
            drawdown_abs=unscaled(fall),
            drawdown_pct=ratio(fall, peak) if peak > 0 and equity >= 0 else None,
            return_pct=ratio(done.net, opened) if opened > 0 else None,
        )
