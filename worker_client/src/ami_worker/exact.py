"""Exact arithmetic in scaled integers: prices and quantities 10⁻¹², money 10⁻³⁶ inside.

A product of quantity, price and multiplier has at most 36 decimals, so nothing is
rounded until an amount leaves for the journal, which keeps 12.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

UNIT = 10**12  # scale of prices, quantities, multipliers and amounts that leave
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)


def scaled(value: Decimal) -> int:
    """A decimal of at most 12 decimals, times 10¹²."""
    return int(value.scaleb(12, _WIDE).to_integral_value(context=_WIDE))


def unscaled(value: int) -> Decimal:
    """The decimal of an integer of scale 10¹², without trailing zeros."""
    return _WIDE.add(value_of(value).normalize(_WIDE), Decimal(0))


def value_of(value: int) -> Decimal:
    return Decimal(value).scaleb(-12, _WIDE)


def divided(numerator: int, denominator: int) -> int:
    """The quotient rounded half to even, for either sign of the numerator."""
    quotient, rest = divmod(numerator, denominator)
    doubled = 2 * rest
    if doubled > denominator or (doubled == denominator and quotient % 2):
        quotient += 1
    return quotient


def ratio(numerator: int, denominator: int) -> Decimal:
    """numerator / denominator to 12 decimals; both of one scale."""
    return unscaled(divided(numerator * UNIT, denominator))
