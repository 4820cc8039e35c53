"""Billing periods on the calendar, in UTC, as Stripe counts them."""

import calendar
from datetime import UTC, datetime

DAYS = {"day": 1, "week": 7}


def add(start: int, interval: str, count: int = 1, anchor: int | None = None) -> int:
    """Unix seconds one period later. A month ends on the anchor's day, or on its own last day."""
    if interval in DAYS:
        return start + DAYS[interval] * count * 86400
    moment = datetime.fromtimestamp(start, UTC)
    total = (
        moment.year * 12 + moment.month - 1 + count * (12 if interval == "year" else 1)
    )
    year, month = divmod(total, 12)
    wanted = datetime.fromtimestamp(anchor if anchor is not None else start, UTC).day
    last = calendar.monthrange(year, month + 1)[1]
    return int(
        moment.replace(year=year, month=month + 1, day=min(wanted, last)).timestamp()
    )
