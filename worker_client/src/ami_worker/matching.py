"""Fills → trades, from flat to flat, exactly.

The rules (journal reference §6): fills in order of `Fill.order`; a fill that crosses zero
is split, its costs prorated by quantity; each closing part is realised by fifo, lifo or
average; a fee in the base coin reduces what is held; a rest below the instrument's step
counts as flat, and its cost (or proceeds) belongs to the closing trade, so that the net
of closed trades is the cash that moved. A sale without a known opening is a short only
when the row says so; otherwise the trade is marked needs_opening_balance, and when there
cannot be a short (spot coins) or the row says "close", it never meets a later purchase.
"""

import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ami_worker._models import InstrumentIn, TradeFillIn, TradeIn
from ami_worker.exact import UNIT, divided, scaled, unscaled
from ami_worker.fills import Fill

MATCHER_VERSION = "1"
MAX_LINKS = 2000  # the contract's limit of fills shown per trade; figures use them all
Method = Literal["fifo", "lifo", "average"]


@dataclass(frozen=True, slots=True)
class Booking:
    """What one exit realised, at scale 10¹², with its share of the entry's costs."""

    at: datetime
    gross: int
    costs: "Costs"


@dataclass(frozen=True, slots=True)
class Costs:
    commission: int = 0
    fees: int = 0
    funding: int = 0

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(
            self.commission + other.commission,
            self.fees + other.fees,
            self.funding + other.funding,
        )

    def part(self, quantity: int, total: int) -> "Costs":
        return Costs(
            divided(self.commission * quantity, total),
            divided(self.fees * quantity, total),
            divided(self.funding * quantity, total),
        )

    def less(self, other: "Costs") -> "Costs":
        return Costs(
            self.commission - other.commission,
            self.fees - other.fees,
            self.funding - other.funding,
        )


@dataclass(frozen=True, slots=True)
class Matched:
    trade: TradeIn
    bookings: list[Booking]


class Lots:
    """What is held, and what it cost (quantity × price, scale 10²⁴)."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._lots: deque[tuple[int, int]] = deque()  # quantity, cost
        self.quantity = 0

    def add(self, quantity: int, cost: int) -> None:
        self.quantity += quantity
        if self._method == "average" and self._lots:
            held, paid = self._lots.pop()
            quantity, cost = held + quantity, paid + cost
        self._lots.append((quantity, cost))

    def take(self, quantity: int) -> int:
        """Remove quantity, at most what is held, and give its cost."""
        self.quantity -= quantity
        cost = 0
        while quantity:
            held, paid = self._lots.pop() if self._last else self._lots.popleft()
            used = min(held, quantity)
            share = paid if used == held else divided(paid * used, held)
            if used < held:
                rest = (held - used, paid - share)
                (self._lots.append if self._last else self._lots.appendleft)(rest)
            cost += share
            quantity -= used
        return cost

    @property
    def _last(self) -> bool:
        return self._method == "lifo"


@dataclass(slots=True)
class _Part:
    """A fill or one side of a split fill. `moved` changes the position, `shown` is told."""

    fill: Fill
    sign: int
    moved: int
    shown: int
    price: int
    costs: Costs
    coin_fee: int = 0  # what the fee took of the coin itself

    def split(self, moved: int) -> "tuple[_Part, _Part]":
        costs = self.costs.part(moved, self.moved)
        shown = divided(self.shown * moved, self.moved)
        first = _Part(self.fill, self.sign, moved, shown, self.price, costs)
        rest = _Part(
            self.fill,
            self.sign,
            self.moved - moved,
            self.shown - shown,
            self.price,
            self.costs.less(costs),
        )
        return first, rest


@dataclass(slots=True)
class _Open:
    """A trade under way."""

    sign: int
    flagged: bool
    stub: bool
    lots: Lots
    multiplier: int
    started: datetime
    ended: datetime | None = None
    peak: int = 0
    coin_fees: int = 0
    entered: tuple[int, int] = (0, 0)  # quantity, quantity × price
    left: tuple[int, int] = (0, 0)
    exact: int = 0  # realised so far, scale 10³⁶
    booked: int = 0  # realised so far, scale 10¹²
    costs: Costs = field(default_factory=Costs)
    unbooked: Costs = field(default_factory=Costs)
    links: list[TradeFillIn] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    fill_count: int = 0

    def is_dust(self, rest: int, step: int) -> bool:
        """Below the step, and no more than fees in coin or 1 % of the position explain.

        The step is read from the fills (`step_of`), which may all be round numbers: the
        second bound keeps a real rest of such a position open.
        """
        return rest < step and rest <= max(self.coin_fees, self.peak // 100)

    def enter(self, part: _Part) -> None:
        value = part.moved * part.price
        self.lots.add(part.moved, value)
        self.entered = (self.entered[0] + part.moved, self.entered[1] + value)
        self.peak = max(self.peak, self.lots.quantity)
        self.coin_fees += part.coin_fee
        self.costs += part.costs
        self.unbooked += part.costs
        self._link(part, "entry", 0)

    def leave(self, part: _Part, step: int) -> None:
        """Close as much as the part holds; dust that remains goes with it."""
        held = self.lots.quantity
        quantity = min(part.moved, held)
        ends = held == quantity or self.is_dust(held - quantity, step)
        cost = self.lots.take(held if ends else quantity)
        released = self.unbooked.part(quantity, held) if not ends else self.unbooked
        self.unbooked = self.unbooked.less(released)
        value = part.moved * part.price
        self.exact += self.sign * (value - cost) * self.multiplier
        gross = divided(self.exact, UNIT * UNIT) - self.booked
        self.booked += gross
        self.left = (self.left[0] + part.moved, self.left[1] + value)
        self.costs += part.costs
        at = part.fill.data.executed_at
        self.bookings.append(Booking(at, gross, released + part.costs))
        self._link(part, "exit", gross)
        if ends:
            self.ended = at

    def _link(self, part: _Part, role: Literal["entry", "exit"], gross: int) -> None:
        self.fill_count += 1
        self.links.append(
            TradeFillIn(
                external_id=part.fill.data.external_id,
                source=part.fill.source,
                quantity=unscaled(part.shown),
                role=role,
                realized_pnl=unscaled(gross),
            )
        )


def step_of(instrument: InstrumentIn, fills: Iterable[Fill]) -> int:
    """The instrument's step as its own fills show it; 0 unless fees are paid in coin.

    Exchanges fill in whole steps, so the finest decimal of any executed quantity is the
    step, and what base-coin fees leave below it cannot be sold.
    """
    if instrument.asset_class != "crypto_spot":
        return 0
    step = 0
    for fill in fills:
        quantity = scaled(fill.data.quantity)
        place = UNIT
        while quantity % place:
            place //= 10
        step = min(step, place) if step else place
    return step


def match(
    fills: Sequence[Fill],
    instrument: InstrumentIn,
    *,
    account_id: uuid.UUID,
    method: Method = "fifo",
) -> list[Matched]:
    """All trades of one account and instrument, oldest first.

    `fills` must be in order of processing (`fills.effective`).
    """
    matcher = _Matcher(instrument, account_id, method, step_of(instrument, fills))
    for fill in fills:
        matcher.process(fill)
    return matcher.finish()


class _Matcher:
    def __init__(
        self, instrument: InstrumentIn, account_id: uuid.UUID, method: Method, step: int
    ) -> None:
        self._instrument = instrument
        self._account_id = account_id
        self._method: Method = method
        self._step = step
        self._current: _Open | None = None
        self._done: list[Matched] = []

    def process(self, fill: Fill) -> None:
        part = _part(fill, self._instrument)
        if part.moved <= 0:
            return  # the fee ate the whole fill
        trade = self._current
        if trade and self._has_nothing_to_do_with(trade, part):
            self._close(trade)
            trade = None
        if trade is None:
            self._begin(part, flipped=False)
        elif trade.sign == part.sign:
            trade.enter(part)
        else:
            self._reduce(trade, part)

    def finish(self) -> list[Matched]:
        if self._current:
            self._close(self._current)
        return self._done

    def _has_nothing_to_do_with(self, trade: _Open, part: _Part) -> bool:
        """A sale of something bought before the file began ends at the next purchase."""
        effect = part.fill.data.position_effect
        if trade.stub:
            return trade.sign != part.sign or effect == "open"
        return trade.flagged and trade.sign != part.sign and effect == "open"

    def _reduce(self, trade: _Open, part: _Part) -> None:
        held = trade.lots.quantity
        over = part.moved - held
        rest = None
        if over > 0 and not trade.is_dust(over, self._step):
            part, rest = part.split(held)
        trade.leave(part, self._step)
        if trade.ended:
            self._close(trade)
        if rest:
            self._begin(rest, flipped=True)

    def _begin(self, part: _Part, *, flipped: bool) -> None:
        effect = part.fill.data.position_effect
        spot_sale = part.sign < 0 and self._instrument.asset_class == "crypto_spot"
        unsaid = part.sign < 0 and effect == "unknown" and not flipped
        stub = effect == "close" or (spot_sale and effect != "open")
        self._current = _Open(
            sign=part.sign,
            flagged=stub or unsaid,
            stub=stub,
            lots=Lots(self._method),
            multiplier=scaled(self._instrument.multiplier),
            started=part.fill.data.executed_at,
        )
        self._current.enter(part)

    def _close(self, trade: _Open) -> None:
        self._done.append(
            Matched(_trade(trade, self._instrument, self._account_id), trade.bookings)
        )
        self._current = None


def _part(fill: Fill, instrument: InstrumentIn) -> _Part:
    """A fill in integers, its fee in the base coin turned into quantity and quote money."""
    data = fill.data
    sign = 1 if data.side == "buy" else -1
    quantity, price = scaled(data.quantity), scaled(data.price)
    costs = Costs(scaled(data.commission), scaled(data.fees), scaled(data.funding))
    moved, paid = quantity, 0
    if data.fee_currency == instrument.currency:
        pass
    elif _is_base(data.fee_currency, instrument):
        paid = costs.commission + costs.fees
        moved = quantity - sign * paid
        costs = Costs(
            divided(costs.commission * price, UNIT), divided(costs.fees * price, UNIT)
        )
    else:
        costs = Costs(
            funding=costs.funding
        )  # a third coin: no rate, told by third_coins
    return _Part(fill, sign, moved, quantity, price, costs, paid)


def _is_base(currency: str, instrument: InstrumentIn) -> bool:
    is_spot = instrument.asset_class == "crypto_spot"
    return is_spot and currency == instrument.underlying


def third_coins(fills: Iterable[Fill], instrument: InstrumentIn) -> dict[str, Decimal]:
    """Costs per coin that are neither in the quote nor in the base: kept, not converted."""
    found: dict[str, Decimal] = {}
    for fill in fills:
        data = fill.data
        paid = data.commission + data.fees
        is_ours = data.fee_currency == instrument.currency
        if paid and not is_ours and not _is_base(data.fee_currency, instrument):
            found[data.fee_currency] = found.get(data.fee_currency, Decimal(0)) + paid
    return found


def trade_id(account_id: uuid.UUID, instrument: str, external_id: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{account_id}|{instrument}|{external_id}")


def _trade(trade: _Open, instrument: InstrumentIn, account_id: uuid.UUID) -> TradeIn:
    costs, ended = trade.costs, trade.ended
    net = trade.booked - costs.commission - costs.fees + costs.funding
    seconds = (ended - trade.started).total_seconds() if ended else None
    first = trade.links[0].external_id
    return TradeIn(
        id=trade_id(account_id, instrument.key, first),
        direction="long" if trade.sign > 0 else "short",
        status="closed" if ended else "open",
        opened_at=trade.started,
        closed_at=ended,
        quantity=unscaled(trade.peak),
        entry_price=_average(trade.entered),
        exit_price=_average(trade.left) if trade.left[0] else None,
        gross_pnl=unscaled(trade.booked),
        commission=unscaled(costs.commission),
        fees=unscaled(costs.fees),
        funding=unscaled(costs.funding),
        net_pnl=unscaled(net),
        currency=instrument.currency,
        holding_seconds=int(seconds) if seconds is not None else None,
        fill_count=trade.fill_count,
        needs_opening_balance=trade.flagged,
        fills=trade.links[:MAX_LINKS],
    )


def _average(entered: tuple[int, int]) -> Decimal:
    quantity, value = entered
    return unscaled(divided(value, quantity))
