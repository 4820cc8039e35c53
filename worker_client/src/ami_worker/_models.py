"""The journal's HTTP contract as pydantic models: the same names and constraints as the site's.

`openapi.json` beside this file is the one contract; tests/test_contract.py compares
each model's JSON schema with its component there. Money, prices and quantities travel
as text, never as JSON numbers.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

DECIMAL_PATTERN = r"^-?[0-9]{1,16}(\.[0-9]{1,12})?$"


def plain(value: Decimal) -> str:
    """Text without exponent, as the contract wants it."""
    return format(value, "f")


def _decimal_from_text(value: object) -> Decimal:
    """Refuses numbers, exponents, NaN, infinities and more than 16.12 digits."""
    text = plain(value) if isinstance(value, Decimal) else value
    if not isinstance(text, str):
        raise ValueError("must be text, not a number")
    if not re.fullmatch(DECIMAL_PATTERN, text) or "\n" in text:
        raise ValueError("must be a plain decimal of at most 16.12 digits")
    return Decimal(text)


DecimalText = Annotated[
    Decimal,
    BeforeValidator(_decimal_from_text),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "decimal",
            "pattern": DECIMAL_PATTERN,
            "maxLength": 34,
        }
    ),
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\\\x7f]+$"),
]
LongText = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\\\x7f]*$")
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,12}$")]
NotNegative = Annotated[int, Field(ge=0)]


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WhoAmI(Schema):
    key_id: str
    name: str
    scopes: list[str]
    contract: str


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
    expiry: date | None = None
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
    executed_at: AwareDatetime
    executed_at_precision: Literal["us", "s", "minute", "day"] = "s"
    commission: DecimalText = Decimal(0)
    fees: DecimalText = Decimal(0)
    fee_currency: Currency
    funding: DecimalText = Decimal(0)
    raw: dict[str, str] = Field(default={}, max_length=40)


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
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
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
    fill_count: int = Field(ge=1)
    needs_opening_balance: bool = False
    fills: list[TradeFillIn] = Field(min_length=1, max_length=2000)


class TradeSetIn(Schema):
    batch_id: UUID
    account_id: UUID
    run_id: UUID | None = None
    instrument: ShortText
    matcher_version: ShortText
    window_from: AwareDatetime | None = None
    window_to: AwareDatetime | None = None
    rows: list[TradeIn] = Field(max_length=2000)


class DailyStatIn(Schema):
    date: date
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
    window_from: date | None = None
    window_to: date | None = None
    rows: list[DailyStatIn] = Field(max_length=5000)


class RunIn(Schema):
    run_id: UUID
    account_id: UUID
    source: ShortText
    filename: LongText = ""
    sha256: LongText = ""
    state: Literal["running", "finished", "failed"]
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    rows_read: NotNegative
    rows_rejected: NotNegative
    message: LongText = ""


class BatchOut(Schema):
    batch_id: UUID
    replay: bool
    created: int
    updated: int
    unchanged: int
    removed: int


__all__ = [
    "AccountOut",
    "BatchOut",
    "DailyStatIn",
    "DailyStatSetIn",
    "FillBatchIn",
    "FillIn",
    "InstrumentIn",
    "RunIn",
    "TradeFillIn",
    "TradeIn",
    "TradeSetIn",
    "WhoAmI",
]
