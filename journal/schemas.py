"""What workers send about trading. The worker's package holds the same definitions.

No docstrings below: pydantic would make them part of the contract.
"""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from worker_api.types import (
    Currency,
    Day,
    DecimalText,
    Flag,
    Instant,
    LongText,
    NotNegative,
    PastInstant,
    Positive,
    RawColumns,
    Schema,
    ShortText,
)


class AccountOut(Schema):
    id: UUID
    name: str
    broker: str
    base_currency: Currency
    timezone: str
    day_roll: str
    matching_method: Literal["fifo", "lifo", "average"]
    starting_balance: DecimalText


class InstrumentIn(Schema):
    key: ShortText
    asset_class: Literal[
        "equity",
        "option",
        "future",
        "forex",
        "cfd",
        "crypto_spot",
        "crypto_perp",
        "crypto_future",
        "index",
    ]
    symbol: ShortText
    venue: LongText = ""
    underlying: LongText = ""
    currency: Currency
    multiplier: DecimalText = Decimal(1)
    expiry: Day | None = None
    strike: DecimalText | None = None
    right: Literal["C", "P"] | None = None


class FillIn(Schema):
    external_id: ShortText
    order_id: LongText = ""
    instrument: ShortText
    side: Literal["buy", "sell"]
    position_effect: Literal["open", "close", "unknown"] = "unknown"
    quantity: Annotated[DecimalText, Field(gt=0)]
    price: Annotated[DecimalText, Field(ge=0)]
    executed_at: PastInstant
    executed_at_precision: Literal["us", "s", "minute", "day"] = "s"
    commission: DecimalText = Decimal(0)
    fees: DecimalText = Decimal(0)
    fee_currency: Currency
    funding: DecimalText = Decimal(0)
    raw: RawColumns = Field(default={})


class FillBatchIn(Schema):
    batch_id: UUID
    account_id: UUID
    run_id: UUID | None = None
    source: ShortText
    schema_version: Literal[1] = 1
    instruments: list[InstrumentIn] = Field(min_length=1, max_length=500)
    rows: list[FillIn] = Field(min_length=1, max_length=5000)


class TradeFillIn(Schema):
    external_id: ShortText
    source: ShortText
    quantity: DecimalText
    role: Literal["entry", "exit"]
    realized_pnl: DecimalText = Decimal(0)


class TradeIn(Schema):
    id: UUID
    direction: Literal["long", "short"]
    status: Literal["open", "closed"]
    opened_at: PastInstant
    closed_at: PastInstant | None
    quantity: DecimalText
    entry_price: DecimalText
    exit_price: DecimalText | None
    gross_pnl: DecimalText
    commission: DecimalText
    fees: DecimalText
    funding: DecimalText
    net_pnl: DecimalText
    currency: Currency
    holding_seconds: NotNegative | None
    fill_count: Positive
    needs_opening_balance: Flag = False
    fills: list[TradeFillIn] = Field(min_length=1, max_length=2000)


class TradeSetIn(Schema):
    batch_id: UUID
    account_id: UUID
    run_id: UUID | None = None
    instrument: ShortText
    matcher_version: ShortText
    window_from: Instant | None = None
    window_to: Instant | None = None
    rows: list[TradeIn] = Field(max_length=2000)


class DailyStatIn(Schema):
    date: Day
    currency: Currency
    trades_closed: NotNegative
    wins: NotNegative
    losses: NotNegative
    breakevens: NotNegative
    gross_pnl: DecimalText
    commission: DecimalText
    fees: DecimalText
    funding: DecimalText
    net_pnl: DecimalText
    volume: DecimalText
    cash_flow: DecimalText
    equity_open: DecimalText
    equity_close: DecimalText
    peak_equity: DecimalText
    drawdown_abs: DecimalText
    drawdown_pct: DecimalText | None
    return_pct: DecimalText | None


class DailyStatSetIn(Schema):
    batch_id: UUID
    account_id: UUID
    run_id: UUID | None = None
    metrics_version: ShortText
    window_from: Day | None = None
    window_to: Day | None = None
    rows: list[DailyStatIn] = Field(max_length=5000)


class RunIn(Schema):
    run_id: UUID
    account_id: UUID
    source: ShortText
    filename: LongText = ""
    sha256: LongText = ""
    state: Literal["running", "finished", "failed"]
    started_at: PastInstant
    finished_at: PastInstant | None = None
    rows_read: NotNegative
    rows_rejected: NotNegative
    message: LongText = ""
