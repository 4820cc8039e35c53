from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import make
from ami_worker._models import DailyStatIn
from ami_worker.metrics import TradingDays, daily

D = Decimal


def stats(
    *fills: Any, instrument: Any = make.STOCK, **changes: Any
) -> list[DailyStatIn]:
    matched = make.trades(*fills, instrument=instrument)
    return daily(make.account(**changes), [(instrument, fills, matched)])


@pytest.mark.parametrize(
    ("zone", "roll", "moment", "day"),
    [
        ("America/New_York", "00:00", datetime(2026, 1, 6, 3, tzinfo=UTC), date(2026, 1, 5)),
        ("America/New_York", "17:00", datetime(2026, 1, 5, 21, 59, tzinfo=UTC), date(2026, 1, 5)),
        ("America/New_York", "17:00", datetime(2026, 1, 5, 22, 0, tzinfo=UTC), date(2026, 1, 6)),
        ("America/New_York", "17:00", datetime(2026, 7, 5, 22, 0, tzinfo=UTC), date(2026, 7, 6)),
        ("Europe/Madrid", "06:00", datetime(2026, 1, 6, 4, 59, tzinfo=UTC), date(2026, 1, 5)),
    ],
)  # fmt: skip
def test_a_moment_belongs_to_the_account_s_trading_day(
    zone: str, roll: str, moment: datetime, day: date
) -> None:
    assert TradingDays(zone, roll).of(moment) == day


def test_every_weekday_has_a_row_and_zero_days_too() -> None:
    rows = stats(
        make.fill("buy", "10", "100"),  # Monday
        make.fill("sell", "10", "90", at=7 * 24 * 60),  # the Monday after
    )
    assert [row.date.day for row in rows] == [5, 6, 7, 8, 9, 12]
    assert [row.net_pnl for row in rows] == [0, 0, 0, 0, 0, -100]


def test_coin_accounts_count_the_weekend() -> None:
    coin = make.COIN
    rows = stats(
        make.fill("buy", "1", "100", instrument=coin),
        make.fill("sell", "1", "110", at=7 * 24 * 60, instrument=coin),
        instrument=coin,
        base_currency="USDT",
    )
    assert len(rows) == 8
    assert rows[-1].equity_close == 10010


def test_a_losing_first_day_is_a_drawdown() -> None:
    (row,) = stats(make.fill("buy", "10", "100"), make.fill("sell", "10", "50", at=1))
    assert (row.losses, row.peak_equity, row.drawdown_abs) == (1, 10000, 500)
    assert (row.drawdown_pct, row.return_pct) == (D("0.05"), D("-0.05"))
    assert row.volume == 1500


def test_a_partial_exit_books_on_its_own_day_with_its_share_of_entry_costs() -> None:
    first, second = stats(
        make.fill("buy", "10", "100", commission=D(2)),
        make.fill("sell", "5", "110", at=5, commission=D(1)),
        make.fill("sell", "5", "120", at=24 * 60, commission=D(1)),
    )
    assert (first.gross_pnl, first.commission, first.trades_closed) == (50, 2, 0)
    assert (second.gross_pnl, second.commission, second.trades_closed) == (100, 2, 1)
    assert second.equity_open == first.equity_close == 10048


def test_undefined_figures_are_none() -> None:
    (row,) = stats(
        make.fill("buy", "10", "100"),
        make.fill("sell", "10", "50", at=1),
        base_currency="EUR",
    )
    assert row.currency == "USD"
    assert (row.equity_open, row.return_pct, row.drawdown_pct) == (0, None, None)
    assert row.drawdown_abs == 500


def test_a_trade_of_exactly_zero_is_a_breakeven() -> None:
    (row,) = stats(
        make.fill("buy", "3", "0.1"),
        make.fill("sell", "1", "0.1", at=1),
        make.fill("sell", "2", "0.1", at=2),
    )
    assert (row.wins, row.losses, row.breakevens) == (0, 0, 1)


def test_no_fills_no_rows() -> None:
    assert daily(make.account(), []) == []
