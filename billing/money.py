"""Money in minor units and a currency, as Stripe counts it."""

from decimal import Decimal

from babel.numbers import format_currency
from django.utils import translation

# https://docs.stripe.com/currencies, read 2026: amounts of these come without decimals …
ZERO_DECIMAL = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
# … and of these with three.
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def decimals(currency: str) -> int:
    """How many of Stripe's digits stand behind the decimal point."""
    code = currency.upper()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def major(amount: int, currency: str) -> Decimal:
    """The amount in whole units: 1900 EUR is 19.00, 1900 CLP is 1900."""
    return Decimal(amount).scaleb(-decimals(currency))


def show(amount: int, currency: str, language: str | None = None) -> str:
    """The amount as people of that language (default: the active one) write it."""
    locale = (language or translation.get_language() or "es").replace("-", "_")
    return str(
        format_currency(major(amount, currency), currency.upper(), locale=locale)
    )


def minor(amount: Decimal, currency: str) -> int:
    """The whole units as Stripe counts them. Raises ValueError for more decimals than the
    currency has."""
    exact = amount.scaleb(decimals(currency))
    if exact != exact.to_integral_value():
        raise ValueError(f"{currency} has {decimals(currency)} decimals")
    return int(exact)
