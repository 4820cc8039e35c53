"""Fills and instruments for the tests, by keyword."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ami_worker._models import AccountOut, FillIn, InstrumentIn
from ami_worker.fills import Fill, effective
from ami_worker.matching import Matched
from ami_worker.matching import match as match_fills

ACCOUNT_ID = uuid.UUID("11111111-1111-4111-8111-111111111111")
START = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
STOCK = InstrumentIn(
    key="equity:AAPL:USD", asset_class="equity", symbol="AAPL", currency="USD"
)
COIN = InstrumentIn(
    key="crypto_spot:binance:BTCUSDT",
    asset_class="crypto_spot",
    symbol="BTCUSDT",
    underlying="BTC",
    currency="USDT",
)


def fill(
    side: str,
    quantity: str | Decimal,
    price: str | Decimal,
    *,
    at: datetime | float = 0,
    name: str = "",
    instrument: InstrumentIn = STOCK,
    **more: Any,
) -> Fill:
    """`at` is a moment or minutes after the start."""
    when = at if isinstance(at, datetime) else START + timedelta(minutes=at)
    more.setdefault("fee_currency", instrument.currency)
    data = {
        "external_id": name or uuid.uuid4().hex,
        "instrument": instrument.key,
        "side": side,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "executed_at": when,
        **more,
    }
    return Fill("test", FillIn.model_validate(data))


def trades(
    *fills: Fill, instrument: InstrumentIn = STOCK, method: Any = "fifo"
) -> list[Matched]:
    numbered = [Fill(item.source, item.data, rank) for rank, item in enumerate(fills)]
    return match_fills(
        effective(numbered), instrument, account_id=ACCOUNT_ID, method=method
    )


def account(**changes: Any) -> AccountOut:
    data = {
        "id": ACCOUNT_ID,
        "name": "Demo",
        "broker": "any",
        "base_currency": "USD",
        "timezone": "America/New_York",
        "day_roll": "00:00",
        "matching_method": "fifo",
        "starting_balance": Decimal(10000),
        **changes,
    }
    return AccountOut.model_validate(data)
