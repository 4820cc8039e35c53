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
    spot = instrument.asset_class == "crypto_spot"
    step = ZERO
    if spot and fills:
        finest = max(_decimals(fill.data.quantity) for fill in fills)
        step = Decimal(1).scaleb(-finest)
    trades: list[Plain] = []
    now: Plain | None = None
    for fill in fills:
        data = fill.data
        sign = 1 if data.side == "buy" else -1
        moved, costs, coin = data.quantity, data.commission + data.fees, ZERO
        if spot and data.fee_currency == instrument.underlying:
            coin = costs
            moved, costs = moved - sign * coin, coin * data.price
        elif data.fee_currency != instrument.currency:
            costs = ZERO
        if moved <= 0:
            continue
        effect = data.position_effect
        if now and now.stub and (now.sign != sign or effect == "open"):
            now = None
        elif now and now.flagged and now.sign != sign and effect == "open":
            now = None
        flipped = False
        if now and now.sign != sign:
            held = now.held
            limit = max(now.coin_fees, now.peak / 100)
            over = moved - held
            is_dust = over < step and over <= limit
            part = held if over > 0 and not is_dust else moved
            share = costs * part / moved
            rest = held - part
            ends = rest <= 0 or (rest < step and rest <= limit)
            cost = _take(now, held if ends else part, method)
            multiplier = instrument.multiplier
            now.gross += now.sign * (part * data.price - cost) * multiplier
            now.costs += share
            now.fill_count += 1
            if ends:
                now.closed, now, flipped = True, None, True
            if part == moved:
                continue
            moved, costs, coin = moved - part, costs - share, ZERO
        if now is None:
            stub = effect == "close" or (spot and sign < 0 and effect != "open")
            unsaid = sign < 0 and effect == "unknown" and not flipped
            now = Plain(sign, stub or unsaid, stub)
            trades.append(now)
        now.lots.append([moved, data.price])
        now.peak = max(now.peak, now.held)
        now.costs += costs
        now.coin_fees += coin
        now.fill_count += 1
    return trades


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
