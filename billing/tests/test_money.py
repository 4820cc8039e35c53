from decimal import Decimal

import pytest

from billing import money


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (1900, "EUR", "es", "19,00 €"),
        (1900, "EUR", "en", "€19.00"),
        (123456, "usd", "es", "1.234,56 US$"),
        (9990, "CLP", "es", "9.990 CLP"),
        (9990, "JPY", "en", "¥9,990"),
        (-500, "EUR", "en", "-€5.00"),
        (1500, "KWD", "en", "KWD1.500"),
        (0, "EUR", "en", "€0.00"),
        (1950, "RSD", "en", "RSD19.50"),
        (123450, "RSD", "es", "1.234,50 RSD"),
        (8990075, "LBP", "en", "LBP89,900.75"),
        (150000, "ISK", "es", "1.500 ISK"),
        (360000, "UGX", "en", "UGX3,600"),
        (12005, "HUF", "en", "HUF120.05"),
        (-1250, "TND", "es", "-1,250 TND"),
    ],
)
def test_amounts_are_written_as_their_currency_counts(
    amount: int, currency: str, language: str, shown: str
) -> None:
    text = money.show(amount, currency, language)
    assert text.replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("1.500", "KWD", 1500), ("19.5", "RSD", 1950), ("15", "ISK", 1500)],
)
def test_whole_units_become_stripes(amount: str, currency: str, minor: int) -> None:
    assert money.minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.505", "KWD"), ("1.5", "ISK"), ("1.005", "EUR"), ("1.5", "CLP")],
)
def test_an_amount_that_nobody_can_pay_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        money.minor(Decimal(amount), currency)
