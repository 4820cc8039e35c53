"""The rules of matching in plain Decimal lists: slow, obvious, and only for comparison."""

from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext

from ami_worker._models import InstrumentIn
from ami_worker.fills import Fill

ZERO = Decimal(0)
PLACES = Decimal("1e-12")


@dataclass
class Plain:
    sign: int
    flagged: bool
    stub: bool
    lots: list[list[Decimal]] = field(default_factory=list)  # quantity, price
    peak: Decimal = ZERO
    gross: Decimal = ZERO
    costs: Decimal = ZERO
    coin_fees: Decimal = ZERO
    closed: bool = False
    fill_count: int = 0

    @property
    def held(self) -> Decimal:
        return sum((quantity for quantity, _ in self.lots), ZERO)


def match(fills: list[Fill], instrument: InstrumentIn, method: str) -> list[Plain]:
    with localcontext(Context(prec=120)):
        return _match(fills, instrument, method)


def _match(fills: list[Fill], instrument: InstrumentIn, method: str) -> list[Plain]:
    trades: list[Plain] = []
    now: Plain | None = None
    step = _step(fills, instrument)
    for fill in fills:
        move = _move(fill, instrument)
        if move.quantity <= 0:
            continue
        if now and _unrelated(now, move):
            now = None
        flipped = bool(now and now.sign != move.sign)
        if now and flipped:
            _exit(now, move, step, method, instrument.multiplier)
            if now.closed:
                now = None
            if not move.quantity:
                continue
        if now is None:
            now = _begin(move, flipped, instrument)
            trades.append(now)
        _enter(now, move)
    return trades


@dataclass
class Move:
    sign: int
    effect: str
    quantity: Decimal
    price: Decimal
    costs: Decimal
    coin: Decimal


def _move(fill: Fill, instrument: InstrumentIn) -> Move:
    data = fill.data
    sign = 1 if data.side == "buy" else -1
    move = Move(
        sign,
        data.position_effect,
        data.quantity,
        data.price,
        data.commission + data.fees,
        ZERO,
    )
    if _is_spot(instrument) and data.fee_currency == instrument.underlying:
        move.coin = move.costs
        move.quantity -= sign * move.coin
        move.costs = move.coin * data.price
    elif data.fee_currency != instrument.currency:
        move.costs = ZERO
    return move


def _is_spot(instrument: InstrumentIn) -> bool:
    return instrument.asset_class == "crypto_spot"


def _step(fills: list[Fill], instrument: InstrumentIn) -> Decimal:
    if not _is_spot(instrument) or not fills:
        return ZERO
    return Decimal(1).scaleb(-max(_decimals(fill.data.quantity) for fill in fills))


def _unrelated(now: Plain, move: Move) -> bool:
    opens = move.effect == "open"
    if now.stub:
        return now.sign != move.sign or opens
    return now.flagged and now.sign != move.sign and opens


def _exit(
    now: Plain, move: Move, step: Decimal, method: str, multiplier: Decimal
) -> None:
    """Close what the move closes and leave in it what goes on to the other side."""
    held, limit = now.held, max(now.coin_fees, now.peak / 100)
    over = move.quantity - held
    all_of_it = over <= 0 or (over < step and over <= limit)
    part = move.quantity if all_of_it else held
    rest = held - part
    now.closed = rest <= 0 or (rest < step and rest <= limit)
    cost = _take(now, held if now.closed else part, method)
    now.gross += now.sign * (part * move.price - cost) * multiplier
    share = move.costs * part / move.quantity
    now.costs += share
    now.fill_count += 1
    move.costs -= share
    move.quantity -= part
    move.coin = ZERO


def _begin(move: Move, flipped: bool, instrument: InstrumentIn) -> Plain:
    sale = move.sign < 0
    stub = move.effect == "close" or (
        _is_spot(instrument) and sale and move.effect != "open"
    )
    return Plain(
        move.sign, stub or (sale and move.effect == "unknown" and not flipped), stub
    )


def _enter(now: Plain, move: Move) -> None:
    now.lots.append([move.quantity, move.price])
    now.peak = max(now.peak, now.held)
    now.costs += move.costs
    now.coin_fees += move.coin
    now.fill_count += 1


def _take(trade: Plain, quantity: Decimal, method: str) -> Decimal:
    if method == "average":
        held = trade.held
        cost = sum((q * p for q, p in trade.lots), ZERO)
        if quantity == held:
            trade.lots = []
            return cost
        trade.lots = [[held - quantity, cost / held]]
        return cost * quantity / held
    cost = ZERO
    while quantity:
        lot = trade.lots[-1 if method == "lifo" else 0]
        used = min(lot[0], quantity)
        cost += used * lot[1]
        lot[0] -= used
        quantity -= used
        if not lot[0]:
            trade.lots.remove(lot)
    return cost


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))
