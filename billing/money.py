"""Money in minor units and a currency, as Stripe counts it."""

from copy import copy
from decimal import Decimal

from babel import Locale
from babel.numbers import NumberPattern
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
# Amounts of these come with two, for old times' sake, which are always 0.
WHOLE = frozenset(["ISK", "UGX"])


def decimals(currency: str) -> int:
    """How many of Stripe's digits stand behind the decimal point."""
    code = currency.upper()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def major(amount: int, currency: str) -> Decimal:
    """The amount in whole units: 1900 EUR is 19.00, 1900 CLP is 1900."""
    return Decimal(amount).scaleb(-decimals(currency))


def step(currency: str) -> int:
    """What every charge and refund is a multiple of, in minor units: of three decimals the
    last is 0."""
    code = currency.upper()
    if code in WHOLE:
        return 100
    return 10 if code in THREE_DECIMAL else 1


def show(amount: int, currency: str, language: str | None = None) -> str:
    """The amount as people of that language (default: the active one) write it.

    With the digits that Stripe counts: everyday usage, which the locale data follows,
    leaves out those of some currencies (RSD, LBP …).
    """
    code = currency.upper()
    locale = Locale.parse((language or translation.get_language() or "es"), sep="-")
    places = decimals(code)
    if code in WHOLE and amount % 100 == 0:
        places = 0
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return str(
        pattern.apply(major(amount, code), locale, currency=code, currency_digits=False)
    )


def minor(amount: Decimal, currency: str) -> int:
    """The whole units as Stripe counts them. Raises ValueError for an amount that the
    currency does not have."""
    exact = amount.scaleb(decimals(currency))
    if exact % step(currency):
        raise ValueError(f"{currency}: not a multiple of {step(currency)}")
    return int(exact)
