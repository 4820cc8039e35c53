"""Test cards and what happens when they are charged."""

from typing import NamedTuple

from billing.fakestripe.engine.events import Change, emit
from billing.fakestripe.errors import StripeError, card_error
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


class Card(NamedTuple):
    """outcome: `ok`, `3ds`, or a decline; later: the same for charges after the first."""

    brand: str
    alias: str
    outcome: str = "ok"
    later: str = "ok"


CARDS = {
    "4242424242424242": Card("visa", "visa"),
    "5555555555554444": Card("mastercard", "mastercard"),
    "378282246310005": Card("amex", "amex"),
    "4000007240000007": Card("visa", "es"),
    "4000000000000002": Card(
        "visa", "chargeDeclined", "generic_decline", "generic_decline"
    ),
    "4000000000009995": Card(
        "visa",
        "chargeDeclinedInsufficientFunds",
        "insufficient_funds",
        "insufficient_funds",
    ),
    "4000000000000069": Card(
        "visa", "chargeDeclinedExpiredCard", "expired_card", "expired_card"
    ),
    "4000000000000127": Card(
        "visa", "chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"
    ),
    "4000000000000341": Card(
        "visa", "chargeCustomerFail", "generic_decline", "generic_decline"
    ),
    "4000002760003184": Card("visa", "authenticationRequired", "3ds", "3ds"),
    "4000002500003155": Card("visa", "authenticationRequiredOnSetup", "3ds", "ok"),
}
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
OWN_CODE = {"expired_card", "incorrect_cvc", "authentication_required"}
# Attaches without complaint, fails on every charge.
ATTACHABLE_DECLINE = "4000000000000341"


def decline(reason: str, **extra: object) -> StripeError:
    """Stripe's 402 for that reason. expired_card and incorrect_cvc are codes of their own."""
    code = reason if reason in OWN_CODE else "card_declined"
    decline_code = None if reason in {"expired_card", "incorrect_cvc"} else reason
    return card_error(MESSAGES[reason], code=code, decline_code=decline_code, **extra)


def number_of(token: str) -> str:
    """`pm_card_visa` or `tok_visa` -> the card number; StripeError if unknown."""
    name = token.removeprefix("pm_card_").removeprefix("tok_")
    for number, card in CARDS.items():
        if card.alias == name:
            return number
    raise StripeError(
        f"No such PaymentMethod: '{token}'",
        code="resource_missing",
        param="payment_method",
    )


def create(store: Store, number: str, **billing: str | None) -> Obj:
    """A payment method for a test card; only its last four digits are kept."""
    digits = "".join(filter(str.isdigit, number))
    if digits not in CARDS:
        message = "Your card number is incorrect."
        if len(digits) >= 13:
            message = "Your card was declined. Your request was in test mode, but used a non test card."
        raise card_error(message, code="incorrect_number", param="number")
    method = fresh(store, "payment_method")
    card = CARDS[digits]
    method["billing_details"].update(billing)
    method["card"].update(
        brand=card.brand, display_brand=card.brand, last4=digits[-4:], exp_month=12, exp_year=2034,
        country="ES" if card.alias == "es" else "US", fingerprint=store.random(16),
    )  # fmt: skip
    method["card"]["networks"]["available"] = [card.brand]
    method["_number"] = digits
    return store.put("payment_method", method)


def attach(store: Store, method: Obj, customer: Obj, *, default: bool = False) -> Obj:
    """Tie the card to the customer; `default` makes it the one for invoices."""
    if method["customer"] != customer["id"]:
        method["customer"] = customer["id"]
        emit(store, "payment_method.attached", method)
    if (
        default
        and customer["invoice_settings"]["default_payment_method"] != method["id"]
    ):
        change = Change(store, "customer.updated", customer)
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        change.emit()
    return method


def outcome(store: Store, method: Obj, *, customer: str | None, first: bool) -> str:
    """`ok`, `3ds` or a decline for the next charge; a planned decline is used up here."""
    for rule in store.settings["declines"]:
        if rule.get("customer") in {None, customer}:
            rule["count"] -= 1
            store.settings["declines"] = [
                row for row in store.settings["declines"] if row["count"] > 0
            ]
            return str(rule["reason"])
    card = CARDS[method["_number"]]
    return card.outcome if first else card.later
