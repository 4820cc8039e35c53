"""What the subscriptions earn, as pure functions of what Stripe says.

Amounts are exact fractions of minor units until the last step. What counts, and how:
docs/owners.md, "Revenue".
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from billing.entitlements import items, moment, period_start
from billing.plan_states import (
    ACTIVE,
    CANCELLING,
    ENDED,
    INCOMPLETE,
    PAST_DUE,
    PAUSED,
    TRIALING,
    UNPAID,
    state_of,
)
from billing.stripe_api import Json

STATES = (TRIALING, ACTIVE, CANCELLING, PAST_DUE, PAUSED, UNPAID, INCOMPLETE, ENDED)
PAYING = frozenset({ACTIVE, CANCELLING, PAST_DUE})
# of a year, for prices that are charged by the week or the day
MONTHS_OF = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "year": Fraction(12),
}


@dataclass(frozen=True)
class Earner:
    """One subscription as the figures count it.

    monthly: minor units a month, without tax that is included in the price, after lasting
    discounts. starts: when it was first paid, None if never; stops: when it ceased to pay.
    """

    id: str
    state: str
    price: str
    currency: str
    monthly: Fraction
    starts: datetime | None
    stops: datetime | None = None

    def pays_at(self, at: datetime) -> bool:
        if self.starts is None or at < self.starts:
            return False
        return self.stops is None or at < self.stops


@dataclass(frozen=True)
class Month:
    """Paying subscriptions of one month. lost: of those paying at its start; churn: their
    share in percent, one decimal, None without any; mrr: minor units by currency."""

    first: date
    at_start: int
    new: int
    ended: int
    lost: int
    at_end: int
    churn: Decimal | None
    mrr: dict[str, int] = field(default_factory=dict)


def earner(subscription: Json, now: datetime) -> Earner:
    """The figures of one subscription. Discounts count when they are expanded."""
    first = items(subscription)[0]
    state = state_of(subscription)
    # a cancelled trial earns nothing either
    if state == CANCELLING and subscription["status"] == "trialing":
        state = TRIALING
    return Earner(
        id=subscription["id"],
        state=state,
        price=first["price"]["id"],
        currency=first["price"]["currency"].upper(),
        monthly=monthly(subscription, now),
        starts=_starts(subscription, state),
        stops=_stops(subscription, state),
    )


def monthly(subscription: Json, now: datetime) -> Fraction:
    """What it brings in a month: a yearly price's twelfth, less lasting discounts and tax
    that is inside the price. A price without a fixed amount counts as nothing."""
    discounts = _lasting(subscription, now)
    total = Fraction(0)
    for item in items(subscription):
        price = item["price"]
        amount = Fraction((price.get("unit_amount") or 0) * (item.get("quantity") or 1))
        amount = _discounted(amount, discounts)
        amount /= 1 + _included_tax(item, subscription)
        total += amount / months_of(price.get("recurring"))
    return total


def months_of(recurring: Json | None) -> Fraction:
    """The length of a price's interval in months."""
    if not recurring:
        return Fraction(1)
    return MONTHS_OF[recurring["interval"]] * (recurring.get("interval_count") or 1)


def _lasting(subscription: Json, now: datetime) -> list[Json]:
    """The coupons that also reduce the next invoices; one that is used once does not."""
    found = []
    for discount in subscription.get("discounts") or []:
        if not isinstance(discount, dict):
            continue
        coupon = (discount.get("source") or discount).get("coupon")
        ends = discount.get("end")
        if not isinstance(coupon, dict) or coupon["duration"] == "once":
            continue
        if ends is None or moment(ends) > now:
            found.append(coupon)
    return found


def _discounted(amount: Fraction, coupons: Iterable[Json]) -> Fraction:
    for coupon in coupons:
        if coupon.get("percent_off"):
            amount *= 1 - _fraction(coupon["percent_off"]) / 100
        else:
            amount -= coupon.get("amount_off") or 0
    return max(amount, Fraction(0))


def _included_tax(item: Json, subscription: Json) -> Fraction:
    rates = item.get("tax_rates") or subscription.get("default_tax_rates") or []
    percents = (
        _fraction(rate.get("effective_percentage") or rate.get("percentage") or 0)
        for rate in rates
        if rate.get("inclusive")
    )
    return sum(percents, Fraction(0)) / 100


def _fraction(number: float | int | str) -> Fraction:
    """Of JSON's number as it was written: 12.5 is 25/2."""
    return Fraction(str(number))


def _starts(subscription: Json, state: str) -> datetime | None:
    """When the first paid period began; None for a trial and what never was paid."""
    if (
        state in {TRIALING, INCOMPLETE}
        or subscription["status"] == "incomplete_expired"
    ):
        return None
    began = subscription.get("start_date") or subscription["created"]
    starts = moment(max(began, subscription.get("trial_end") or 0))
    stops = _stops(subscription, state)
    return None if stops and stops <= starts else starts


def _stops(subscription: Json, state: str) -> datetime | None:
    if state == ENDED and subscription.get("ended_at"):
        return moment(subscription["ended_at"])
    if state in {UNPAID, PAUSED, ENDED}:
        return period_start(subscription)
    return None


def mrr(rows: Iterable[Earner]) -> dict[str, int]:
    """Monthly recurring revenue by currency, in minor units, rounded half up at the end."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        sums[row.currency] += row.monthly
    return {currency: rounded(amount) for currency, amount in sorted(sums.items())}


def rounded(amount: Fraction) -> int:
    return int((amount + Fraction(1, 2)).__floor__())


def month(rows: Sequence[Earner], first: date, start: datetime, end: datetime) -> Month:
    """What happened to paying subscriptions between two moments; the later one may be now."""
    before = [row for row in rows if row.pays_at(start)]
    after = [row for row in rows if row.pays_at(end)]
    lost = sum(not row.pays_at(end) for row in before)
    return Month(
        first=first,
        at_start=len(before),
        new=sum(row.starts is not None and start < row.starts <= end for row in rows),
        ended=sum(
            row.starts is not None
            and row.stops is not None
            and start < row.stops <= end
            for row in rows
        ),
        lost=lost,
        at_end=len(after),
        churn=percent(lost, len(before)),
        mrr=mrr(after),
    )


def percent(part: int, whole: int) -> Decimal | None:
    """One decimal; None where there is nothing to compare with."""
    if not whole:
        return None
    exact = Decimal(part) * 100 / whole
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def last_months(today: date, count: int) -> list[date]:
    """The first days of the last months, this one included, oldest first."""
    index = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(index - count + 1, index + 1)]
