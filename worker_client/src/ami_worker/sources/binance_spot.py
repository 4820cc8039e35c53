"""Binance spot trade history (Orders → Spot Order → Trade History → Export).

The current export glues the unit to the number ("0.0100000000BTC"); the older one has a
column Fee Coin. Times are UTC. Fees are positive when paid and may be in the bought
coin, the quote coin or a third one (BNB).
"""

import re
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

from ami_worker._models import FillIn, InstrumentIn
from ami_worker.fills import UNNAMED
from ami_worker.reading import CellError, moment, number, positive, shown
from ami_worker.sources.table import Cells, Table, Version

_TIMES = ("%Y-%m-%d %H:%M:%S", "%y-%m-%d %H:%M:%S")
_QUOTES = re.findall(
    r"\w+",
    "FDUSD USDT USDC BUSD TUSD USDP USDS USD1 DAI PAX BTC ETH BNB XRP TRX DOGE DOT SOL EURI "
    "EUR GBP TRY BRL AUD RUB UAH NGN ZAR PLN RON ARS MXN COP CZK JPY IDRT BIDR BVND BKRW",
)
_COIN = re.compile(r"[A-Z0-9]{2,12}")
_TOLERANCE = Decimal("0.001")


def _current(cells: Cells, zone: ZoneInfo) -> tuple[InstrumentIn, FillIn]:
    pair = cells["Pair"]
    amount, quote = _quote_amount(cells["Amount"])
    base = pair.removesuffix(quote)
    if base in {pair, ""}:
        raise CellError("Amount", f"its unit {quote} is not the quote of {shown(pair)}")
    if not cells["Executed"].endswith(base):
        raise CellError("Executed", f"{shown(cells['Executed'])} is not in {base}")
    quantity = positive("Executed", cells["Executed"].removesuffix(base))
    fee = _fee(cells["Fee"], base, quote)
    return _fill(cells, "Side", (pair, base, quote), (quantity, amount), fee)


def _legacy(cells: Cells, zone: ZoneInfo) -> tuple[InstrumentIn, FillIn]:
    pair = cells["Market"]
    quote = next((q for q in _QUOTES if pair.endswith(q) and pair != q), None)
    if quote is None:
        raise CellError("Market", f"{shown(pair)} is not a known Binance pair")
    quantity = positive("Amount", cells["Amount"])
    total = number("Total", cells["Total"])
    fee = (number("Fee", cells["Fee"]), cells["Fee Coin"])
    parts = (pair, pair.removesuffix(quote), quote)
    return _fill(cells, "Type", parts, (quantity, total), fee)


def _fill(
    cells: Cells,
    side_column: str,
    pair: tuple[str, str, str],
    amounts: tuple[Decimal, Decimal],
    fee: tuple[Decimal, str],
) -> tuple[InstrumentIn, FillIn]:
    market, base, quote = pair
    quantity, total = amounts
    side = cells[side_column].lower()
    if side not in {"buy", "sell"}:
        raise CellError(side_column, f"{shown(cells[side_column])} is not BUY or SELL")
    if not _COIN.fullmatch(fee[1]):
        raise CellError("Fee Coin", f"{shown(fee[1])} is not a coin")
    price = positive("Price", cells["Price"])
    if abs(price * quantity - total) > total * _TOLERANCE + Decimal("0.000001"):
        raise CellError("Amount", "is not price × quantity: the row was cut or edited")
    instrument = InstrumentIn(
        key=f"crypto_spot:binance:{market}",
        asset_class="crypto_spot",
        symbol=market,
        venue="binance",
        underlying=base,
        currency=quote,
    )
    time = moment("Date(UTC)", cells["Date(UTC)"], _TIMES).replace(tzinfo=UTC)
    fill = FillIn(
        external_id=UNNAMED,
        instrument=instrument.key,
        side="buy" if side == "buy" else "sell",
        quantity=quantity,
        price=price,
        executed_at=time,
        commission=fee[0],
        fee_currency=fee[1],
    )
    return instrument, fill


def _quote_amount(text: str) -> tuple[Decimal, str]:
    """Quote coins end in letters; a known one wins over what the letters alone say."""
    known = next((quote for quote in _QUOTES if text.endswith(quote)), None)
    letters = re.search(r"[A-Z]+$", text)
    quote = known or (letters.group() if letters else "")
    if not quote:
        raise CellError("Amount", f"{shown(text)} has no currency at its end")
    return number("Amount", text.removesuffix(quote)), quote


def _fee(text: str, base: str, quote: str) -> tuple[Decimal, str]:
    for coin in (base, quote):
        if text.endswith(coin):
            return number("Fee", text.removesuffix(coin)), coin
    other = re.search(r"[A-Z][A-Z0-9]*$", text)
    if other is None:
        raise CellError("Fee", f"{shown(text)} has no coin at its end")
    return number("Fee", text.removesuffix(other.group())), other.group()


SOURCE = Table(
    id="binance_spot_csv",
    title="Binance spot trade history (CSV)",
    generations={
        "current": Version("Date(UTC),Pair,Side,Price,Executed,Amount,Fee", _current),
        "legacy": Version(
            "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin", _legacy
        ),
    },
)
