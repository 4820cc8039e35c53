"""Money, percentages and quantities as the reader's language writes them."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from journal.models import Fill

NOTHING = "—"
MINUS = "\u2212"
THIN = "\u00a0"


def plain(value: Decimal, places: int = 2) -> str:
    """Rounded half up, grouped, with a real minus sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = str(number_format(abs(rounded), places, use_l10n=True, force_grouping=True))
    return f"{MINUS}{text}" if rounded < 0 else text


def money(value: Decimal | None, currency: str = "", *, signed: bool = False) -> str:
    """An amount with its currency; a dash when there is none."""
    if value is None:
        return NOTHING
    text = plain(value)
    if signed and value > 0:
        text = f"+{text}"
    return f"{text}{THIN}{currency}" if currency else text


def exact(value: Decimal | None) -> str:
    """A price or quantity with every digit it has, at least two decimals for prices."""
    if value is None:
        return NOTHING
    exponent = value.normalize().as_tuple().exponent
    return plain(value, max(0, -exponent if isinstance(exponent, int) else 0))


def price(value: Decimal | None) -> str:
    if value is None:
        return NOTHING
    exponent = value.normalize().as_tuple().exponent
    return plain(value, max(2, -exponent if isinstance(exponent, int) else 2))


def average(value: Decimal | None) -> str:
    """A mean price: about six significant digits are enough to read."""
    if value is None:
        return NOTHING
    places = 2 if abs(value) >= 100 else 4 if abs(value) >= 1 else 8
    return price(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def percent(share: Decimal | None, places: int = 1) -> str:
    """A share 0..1 as percent: 47,4 % in Spanish, 47.4% in English."""
    if share is None:
        return NOTHING
    space = "" if (get_language() or "").startswith("en") else THIN
    return f"{plain(share * 100, places)}{space}%"


def compact(value: Decimal) -> str:
    """Whole units, thousands as k: for narrow cells."""
    size = abs(value)
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    if size >= 10_000:
        return f"{sign}{plain(size / 1000, 0 if size >= 100_000 else 1)}k"
    return f"{sign}{plain(size, 0)}"


def sign(value: Decimal | None) -> str:
    """gain, loss or nothing: the suffix of the design system's classes."""
    if not value:
        return ""
    return "gain" if value > 0 else "loss"


def delta(value: Decimal | None, currency: str = "") -> SafeString:
    """A signed amount: sign and arrow say it, colour repeats it."""
    kind = sign(value)
    if not kind:
        return format_html('<span class="delta">{}</span>', money(value, currency))
    return format_html(
        '<span class="delta delta-{}"><span aria-hidden="true">{}</span>\u00a0{}</span>',
        kind,
        "▲" if kind == "gain" else "▼",
        money(value, currency, signed=True),
    )


def costs(fill: Fill) -> str:
    """What an execution cost, in the currency it was charged in."""
    total = fill.commission + fill.fees
    return f"{price(total)}{THIN}{fill.fee_currency}" if total else NOTHING
