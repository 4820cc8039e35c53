"""The card form's checks, shared by checkout, portal and invoice."""

import re
from datetime import UTC, datetime

from billing.fakestripe.engine.cards import CARDS
from billing.fakestripe.errors import StripeError
from billing.fakestripe.pages.texts import TEXTS, Words

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def errors(
    words: Words, values: dict[str, str], *, email: bool = True
) -> dict[str, str]:
    """What is wrong, by field name."""
    found = {}
    if email and not EMAIL.fullmatch(values.get("email", "").strip()):
        found["email"] = words("invalid_email")
    if digits(values.get("number", "")) not in CARDS:
        found["number"] = words("invalid_number")
    if not _in_future(values.get("expiry", "")):
        found["expiry"] = words("invalid_expiry")
    if len(digits(values.get("cvc", ""))) not in {3, 4}:
        found["cvc"] = words("invalid_cvc")
    return found


def _in_future(text: str) -> bool:
    match = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(?:20)?(\d{2})\s*", text)
    if not match or not 1 <= int(match[1]) <= 12:
        return False
    today = datetime.now(UTC)
    return (2000 + int(match[2]), int(match[1])) >= (today.year, today.month)


def message(words: Words, error: StripeError) -> str:
    """A decline in the page's language."""
    reason = error.body.get("decline_code") or error.body.get("code") or ""
    return words(reason) if reason in TEXTS else str(error)


def asks_authentication(error: StripeError) -> bool:
    return bool(error.body.get("decline_code") == "authentication_required")
