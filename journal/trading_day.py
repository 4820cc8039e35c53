"""To which trading day of an account a moment belongs; the worker counts the same way."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from journal.models import Account

MINUTES_A_DAY = 24 * 60


def shift_minutes(day_roll: str) -> int:
    """Minutes to add to the local time so that its date is the trading day.

    A roll at noon or later starts the next date (17:00 New York: Sunday evening is
    Monday); an earlier one ends the last.
    """
    roll = time.fromisoformat(day_roll)
    minutes = roll.hour * 60 + roll.minute
    return MINUTES_A_DAY - minutes if roll.hour >= 12 else -minutes


def sql(column: str) -> str:
    """The trading day of a timestamp column; takes the two parameters of values()."""
    return f"(({column} AT TIME ZONE %s) + %s * interval '1 minute')::date"


def values(account: Account) -> list[str | int]:
    return [account.timezone, shift_minutes(account.day_roll)]


def of(account: Account, moment: datetime) -> date:
    """The trading day in Python, the same as sql()."""
    local = moment.astimezone(ZoneInfo(account.timezone)).replace(tzinfo=None)
    return (local + timedelta(minutes=shift_minutes(account.day_roll))).date()


def today(account: Account) -> date:
    return of(account, timezone.now())
