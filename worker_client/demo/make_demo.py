"""Writes the demo journal: two years of a careful student, in two real export layouts.

    python worker_client/demo/make_demo.py

Invented trades with a fixed seed: about 1 % of 10,000 at risk per trade, a few more
losers than winners, winners larger, a losing spring in 2025. The same files every time.
"""

import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from statement import CENT, FIRST, LAST, Deal, statement, text_of

BAD_MONTHS = {(2025, 3), (2025, 4), (2025, 5), (2026, 6)}
RISK = 100.0


@dataclass(frozen=True)
class Plan:
    """How a trade will end: in units of its risk, after so many hours."""

    result: float
    hours: float


def plan(
    rng: random.Random, day: date, hours: tuple[float, float], best: float
) -> Plan:
    chance = 0.30 if (day.year, day.month) in BAD_MONTHS else 0.52
    won = rng.random() < chance
    result = rng.triangular(0.35, best, 1.0) if won else -rng.triangular(0.3, 1.25, 1.0)
    low, high = hours
    return Plan(result, math.exp(rng.uniform(math.log(low), math.log(high))))


class Market:
    """Prices that follow dated anchors with noise and remember the last trade."""

    def __init__(
        self, rng: random.Random, anchors: list[float], noise: float, tick: str
    ) -> None:
        self._rng, self._anchors, self._noise = rng, anchors, noise
        self.tick = Decimal(tick)

    def at(self, moment: datetime) -> Decimal:
        start = datetime.combine(FIRST, time(), tzinfo=UTC)
        length = (LAST - FIRST) / timedelta(days=1)
        place = (moment - start) / timedelta(days=1) / length
        position = min(max(place, 0), 0.999) * (len(self._anchors) - 1)
        low = self._anchors[int(position)]
        high = self._anchors[int(position) + 1]
        level = low + (high - low) * (position % 1)
        return self.round(level * math.exp(self._rng.gauss(0, self._noise)))

    def round(self, price: float) -> Decimal:
        return Decimal(str(price)).quantize(self.tick)


def floor_to(step: str, value: Decimal) -> Decimal:
    return (value / Decimal(step)).to_integral_value(ROUND_FLOOR) * Decimal(step)


# Binance spot


def binance(rng: random.Random) -> str:
    coins: dict[str, tuple[Market, str]] = {
        "BTC": (
            Market(
                rng,
                [96e3, 101e3, 84e3, 106e3, 114e3, 91e3, 88e3, 104e3, 118e3],
                0.015,
                "0.01",
            ),
            "0.00001",
        ),
        "ETH": (
            Market(
                rng,
                [3650, 3200, 1850, 2600, 4300, 3000, 2700, 3500, 4100],
                0.02,
                "0.01",
            ),
            "0.0001",
        ),
        "SOL": (
            Market(rng, [225, 205, 128, 160, 215, 135, 120, 165, 190], 0.025, "0.01"),
            "0.001",
        ),
    }
    rows: list[list[str]] = []
    free_at = dict.fromkeys(coins, datetime.combine(FIRST, time(), tzinfo=UTC))
    moment = datetime.combine(FIRST, time(9, 12, 40), tzinfo=UTC)
    while moment.date() < LAST - timedelta(days=3):
        coin = rng.choices(list(coins), [5, 3, 2])[0]
        if free_at[coin] < moment:
            market, step = coins[coin]
            free_at[coin] = spot_trade(rng, rows, coin, market, step, moment)
        moment += timedelta(hours=rng.uniform(60, 295), seconds=rng.randrange(3600))
        moment = moment.replace(hour=rng.choices(range(24), HOURS)[0])
    open_spot_position(rng, rows, *coins["SOL"])
    rows.sort(key=lambda row: row[0])
    header = ["Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee"]
    return text_of([header, *rows])


HOURS = [1, 1, 0, 0, 0, 1, 3, 5, 6, 6, 5, 4, 4, 5, 7, 8, 8, 6, 5, 5, 6, 5, 3, 2]


def spot_trade(
    rng: random.Random,
    rows: list[list[str]],
    coin: str,
    market: Market,
    step: str,
    moment: datetime,
) -> datetime:
    """Buy in one to three fills, sell in one or two; when the coin is free again."""
    entry = market.at(moment)
    stop = rng.uniform(0.022, 0.045)
    outcome = plan(rng, moment.date(), (2, 130), 3.0)
    size = floor_to(step, Decimal(str(RISK * rng.uniform(0.8, 1.1) / stop)) / entry)
    held = Decimal(0)
    for part in parts(rng, size, step, rng.choice([1, 1, 2, 3])):
        price = market.round(float(entry) * (1 + rng.uniform(0, 0.0004)))
        held += part - spot_row(rows, moment, coin, "BUY", price, part)
        moment += timedelta(seconds=rng.choice([0, 0, 1, 7]))
    leave = float(entry) * (1 + outcome.result * stop)
    end = moment + timedelta(hours=outcome.hours)
    exits = parts(rng, floor_to(step, held), step, rng.choice([1, 1, 2]))
    for place, part in enumerate(exits):
        early = (
            timedelta(hours=outcome.hours * 0.3)
            if place < len(exits) - 1
            else timedelta()
        )
        price = market.round(leave * (1 - rng.uniform(0, 0.003)))
        spot_row(rows, end - early, coin, "SELL", price, part)
    return end


def open_spot_position(
    rng: random.Random, rows: list[list[str]], market: Market, step: str
) -> None:
    moment = datetime(2026, 11, 18, 15, 41, 9, tzinfo=UTC)
    spot_row(rows, moment, "SOL", "BUY", market.at(moment), Decimal("12.500"))


def parts(rng: random.Random, size: Decimal, step: str, count: int) -> list[Decimal]:
    """The size in `count` pieces of whole steps, none empty."""
    pieces = []
    for left in range(count, 1, -1):
        piece = floor_to(step, size * Decimal(str(rng.uniform(0.7, 1.2))) / left)
        pieces.append(piece)
        size -= piece
    return [piece for piece in [*pieces, size] if piece > 0]


def spot_row(
    rows: list[list[str]],
    moment: datetime,
    coin: str,
    side: str,
    price: Decimal,
    quantity: Decimal,
) -> Decimal:
    """Append a row; the fee that was taken from the coin (0 for a sale)."""
    amount = price * quantity
    paid_in, fee = (coin, quantity) if side == "BUY" else ("USDT", amount)
    fee = (fee * Decimal("0.001")).quantize(Decimal("1e-8"))
    rows.append(
        [
            moment.strftime("%Y-%m-%d %H:%M:%S"),
            f"{coin}USDT",
            side,
            str(price),
            f"{quantity:.10f}{coin}",
            f"{amount:,.8f}USDT",
            f"{fee:.8f}{paid_in}",
        ]
    )
    return fee if side == "BUY" else Decimal(0)


# thinkorswim

STOCKS: dict[str, list[float]] = {
    "AAPL": [240, 225, 198, 212, 232, 262, 255, 270, 285],
    "MSFT": [430, 412, 385, 470, 512, 495, 480, 505, 530],
    "NVDA": [139, 128, 108, 145, 178, 184, 172, 190, 205],
    "AMD": [138, 116, 96, 130, 165, 215, 205, 188, 210],
    "AMZN": [215, 224, 182, 210, 226, 231, 222, 240, 252],
    "META": [590, 655, 555, 690, 755, 660, 640, 700, 735],
    "SPY": [600, 596, 548, 605, 640, 675, 668, 690, 712],
    "QQQ": [515, 520, 468, 540, 575, 615, 605, 628, 650],
    "KO": [63, 65, 71, 70, 69, 70, 72, 74, 75],
}
CLOSED = {
    date(2024, 12, 25),
    date(2025, 1, 1),
    date(2025, 1, 9),
    date(2025, 1, 20),
    date(2025, 2, 17),
    date(2025, 4, 18),
    date(2025, 5, 26),
    date(2025, 6, 19),
    date(2025, 7, 4),
    date(2025, 9, 1),
    date(2025, 11, 27),
    date(2025, 12, 25),
    date(2026, 1, 1),
    date(2026, 1, 19),
    date(2026, 2, 16),
    date(2026, 4, 3),
    date(2026, 5, 25),
    date(2026, 6, 19),
    date(2026, 7, 3),
    date(2026, 9, 7),
}


def thinkorswim(rng: random.Random) -> str:
    markets = {s: Market(rng, a, 0.012, "0.01") for s, a in STOCKS.items()}
    deals: list[Deal] = []
    free_at = dict.fromkeys(STOCKS, datetime.combine(FIRST, time(), tzinfo=UTC))
    for number, moment in enumerate(sessions(rng, 156)):
        symbol = rng.choice(list(STOCKS))
        if free_at[symbol] >= moment:
            continue
        make: Callable[..., list[Deal]] = (
            option_trade if number % 11 == 7 else stock_trade
        )
        made = make(rng, symbol, markets[symbol], moment)
        free_at[symbol] = made[-1].at
        deals.extend(made)
    deals.sort(key=lambda deal: deal.at)
    return statement(rng, deals)


def sessions(rng: random.Random, count: int) -> Iterator[datetime]:
    """Moments in New York trading hours, in order, spread over the two years."""
    days = (LAST - FIRST).days - 8
    for place in range(count):
        day = FIRST + timedelta(days=int(days * (place + rng.random()) / count))
        yield datetime.combine(open_day(day), time(9, 31), tzinfo=UTC) + timedelta(
            minutes=int(rng.triangular(0, 330, 25)), seconds=rng.randrange(60)
        )


def open_day(day: date) -> date:
    while day.weekday() >= 5 or day in CLOSED:
        day += timedelta(days=1)
    return day


def later(rng: random.Random, moment: datetime, hours: float) -> datetime:
    """The exit: the same session when it fits, else a session some days on."""
    close = moment.replace(hour=15, minute=58, second=12)
    if hours < 6:
        return min(moment + timedelta(hours=hours), close) + timedelta(
            seconds=rng.randrange(50)
        )
    day = open_day(moment.date() + timedelta(days=max(1, round(hours / 24))))
    minutes = rng.randrange(5, 380)
    return datetime.combine(day, time(9, 30), tzinfo=UTC) + timedelta(
        minutes=minutes, seconds=rng.randrange(60)
    )


def stock_trade(
    rng: random.Random, symbol: str, market: Market, moment: datetime
) -> list[Deal]:
    entry = market.at(moment)
    stop = rng.uniform(0.012, 0.026)
    outcome = plan(rng, moment.date(), (0.2, 190), 2.3)
    side = -1 if rng.random() < 0.22 else 1
    wanted = min(RISK * rng.uniform(0.75, 1.1) / stop, 9400) / float(entry)
    size = max(1, round(wanted))
    first = max(1, size // 2) if rng.random() < 0.25 and size > 1 else size
    deals = [Deal(moment, side * first, True, symbol, entry)]
    if first < size:
        again = moment + timedelta(minutes=rng.randrange(2, 9), seconds=3)
        deals.append(
            Deal(
                again,
                side * (size - first),
                True,
                symbol,
                entry + CENT * rng.randrange(-9, 9),
            )
        )
    leave = market.round(float(entry) * (1 + side * outcome.result * stop))
    end = later(rng, deals[-1].at, outcome.hours)
    half = size // 2 if rng.random() < 0.3 and size > 3 else 0
    if half:
        deals.append(Deal(end, -side * half, False, symbol, leave))
        end += timedelta(minutes=1, seconds=rng.randrange(40))
    deals.append(
        Deal(
            end,
            -side * (size - half),
            False,
            symbol,
            leave + CENT * rng.randrange(-6, 6),
        )
    )
    return deals


def option_trade(
    rng: random.Random, symbol: str, market: Market, moment: datetime
) -> list[Deal]:
    """One bought call or put, sold again before its Friday."""
    spot = float(market.at(moment))
    right = rng.choice(["CALL", "CALL", "PUT"])
    strike = round(spot * (1.01 if right == "CALL" else 0.99) / 5) * 5
    friday = moment.date() + timedelta(days=21)
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    premium = Decimal(str(spot * rng.uniform(0.007, 0.011))).quantize(CENT)
    outcome = plan(rng, moment.date(), (1, 170), 2.3)
    change = outcome.result * RISK / 100 * 0.9
    leave = max(CENT * 5, premium + Decimal(str(change)).quantize(CENT))
    contract = (friday, strike, right)
    end = later(rng, moment, outcome.hours)
    return [
        Deal(moment, 1, True, symbol, premium, contract),
        Deal(end, -1, False, symbol, leave, contract),
    ]


def main(folder: Path) -> None:
    files = {
        "binance_spot.csv": binance(random.Random(BINANCE_SEED)),
        "thinkorswim.csv": thinkorswim(random.Random(THINKORSWIM_SEED)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
        print(f"{name}: {text.count(chr(10))} lines")


BINANCE_SEED, THINKORSWIM_SEED = 51, 20

if __name__ == "__main__":
    main(Path(__file__).parent)
