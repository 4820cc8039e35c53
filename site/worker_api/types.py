"""The texts and numbers of the wire. The worker's package holds the same definitions.

Money, prices and quantities travel as text: a JSON number is refused, not rounded.
"""

import datetime
import re
from decimal import Decimal
from typing import Annotated

from django.utils import timezone
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

DECIMAL_PATTERN = r"^-?[0-9]{1,16}(\.[0-9]{1,12})?$"
_DECIMAL = re.compile(DECIMAL_PATTERN.strip("^$"))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
FIRST_YEAR, LAST_YEAR = 1990, 2100
MAX_INTEGER = 2**31 - 1
CLOCK_DRIFT = datetime.timedelta(minutes=5)


# Refuses unknown fields. (ninja's own Schema would check every row twice.) No docstring:
# it would become part of the contract.
class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


def plain(value: Decimal) -> str:
    """Text without exponent."""
    return format(value, "f")


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError("must be text, not a number")
    if not _DECIMAL.fullmatch(value):
        raise ValueError("must be a plain decimal of at most 16.12 digits")
    return Decimal(value)


def _moment_text(value: object) -> object:
    if not isinstance(value, str) or not _DATETIME.fullmatch(value):
        raise ValueError("must be a date and time with an offset, as text")
    return value


def _date_text(value: object) -> object:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date as text, YYYY-MM-DD")
    return value


def _plausible[T: datetime.date](value: T) -> T:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return value


def _past(value: datetime.datetime) -> datetime.datetime:
    if value > timezone.now() + CLOCK_DRIFT:
        raise ValueError("must not lie in the future")
    return value


def _storable(value: int) -> int:
    if value > MAX_INTEGER:
        raise ValueError(f"must be at most {MAX_INTEGER}")
    return value


def _printable(value: dict[str, str]) -> dict[str, str]:
    for key, text in value.items():
        if len(key) > 200 or len(text) > 2000:
            raise ValueError("keys have at most 200, values at most 2000 characters")
        if "\0" in key or "\0" in text:
            raise ValueError("must not hold the character NUL")
    return value


DecimalText = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "decimal",
            "pattern": DECIMAL_PATTERN,
            "maxLength": 34,
        }
    ),
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\\\x7f]+$"),
]
LongText = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\\\x7f]*$")
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,12}$")]
NotNegative = Annotated[int, Field(strict=True, ge=0), AfterValidator(_storable)]
Positive = Annotated[int, Field(strict=True, ge=1), AfterValidator(_storable)]
Flag = Annotated[bool, Field(strict=True)]
Instant = Annotated[
    AwareDatetime, BeforeValidator(_moment_text), AfterValidator(_plausible)
]
PastInstant = Annotated[Instant, AfterValidator(_past)]
Day = Annotated[datetime.date, BeforeValidator(_date_text), AfterValidator(_plausible)]
RawColumns = Annotated[dict[str, str], Field(max_length=40), AfterValidator(_printable)]
