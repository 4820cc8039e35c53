"""Open journal accounts for students."""

from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from audit import trail
from journal.models import Account


def open_account(
    user: Any, name: str, *, actor: Any = "command", **fields: Any
) -> tuple[Account, bool]:
    """The student's account of this name and whether it is new; one that is there stays.

    ValueError on an unknown zone or a balance that is not a number.
    """
    try:
        ZoneInfo(fields.get("timezone", "Etc/UTC"))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{fields['timezone']} is not a time zone") from None
    if "starting_balance" in fields:
        fields["starting_balance"] = _number(fields["starting_balance"])
    with transaction.atomic():
        account, is_new = Account.objects.get_or_create(
            user=user, name=name, defaults=fields
        )
        if is_new:
            trail.record(
                actor, "journal.account", str(account.pk), owner=f"user:{user.pk}"
            )
    return account, is_new


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError("the starting balance is a number")
    return number
