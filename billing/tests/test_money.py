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
    ],
)
def test_amounts_are_written_as_their_currency_counts(
    amount: int, currency: str, language: str, shown: str
) -> None:
    text = money.show(amount, currency, language)
    assert text.replace("\N{NO-BREAK SPACE}", " ") == shown
