"""Plain sums over closed trades, kept in the transaction that changes them.

No trading rule is applied here: what a trade earned is what the worker said.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from journal import trading_day
from journal.models import Account

SUMS = """
    SELECT account_id, day, instrument_id, direction, currency,
           count(*) AS count,
           count(*) FILTER (WHERE net_pnl > 0) AS wins,
           count(*) FILTER (WHERE net_pnl < 0) AS losses,
           coalesce(sum(net_pnl) FILTER (WHERE net_pnl > 0), 0) AS gross_profit,
           coalesce(sum(net_pnl) FILTER (WHERE net_pnl < 0), 0) AS gross_loss,
           sum(commission + fees - funding) AS fees,
           max(net_pnl) AS best,
           min(net_pnl) AS worst,
           sum(net_pnl) AS net
    FROM journal_trade
    WHERE account_id = %s AND status = 'closed'{narrower}
    GROUP BY account_id, day, instrument_id, direction, currency
"""
COLUMNS = ("account_id, day, instrument_id, direction, currency, count, wins, losses,"
           " gross_profit, gross_loss, fees, best, worst, net")  # fmt: skip


def refresh(
    cursor: CursorWrapper, account: Account, instrument_id: int, days: Collection[date]
) -> None:
    """Compute the sums of these days of one instrument anew."""
    if not days:
        return
    values: list[Any] = [account.pk, instrument_id, list(days)]
    cursor.execute(
        "DELETE FROM journal_roll"
        " WHERE account_id = %s AND instrument_id = %s AND day = ANY(%s)",
        values,
    )
    sums = SUMS.format(narrower=" AND instrument_id = %s AND day = ANY(%s)")
    cursor.execute(f"INSERT INTO journal_roll ({COLUMNS}) {sums}", values)


def rebuild(account: Account) -> None:
    """Everything anew, also the trades' days: after a change of zone or day roll."""
    with transaction.atomic(), connection.cursor() as cursor:
        Account.objects.select_for_update().get(pk=account.pk)
        day = trading_day.sql("closed_at")
        cursor.execute(
            f"UPDATE journal_trade SET day = {day} WHERE day IS NOT NULL AND account_id = %s",  # noqa: S608
            [*trading_day.values(account), account.pk],
        )
        cursor.execute("DELETE FROM journal_roll WHERE account_id = %s", [account.pk])
        sums = SUMS.format(narrower="")
        cursor.execute(f"INSERT INTO journal_roll ({COLUMNS}) {sums}", [account.pk])


def differences(account: Account) -> int:
    """Rows in which the kept sums differ from a recomputation; 0 is right."""
    sums = SUMS.format(narrower="")
    kept = f"SELECT {COLUMNS} FROM journal_roll WHERE account_id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        both = f"({sums} EXCEPT {kept}) UNION ALL ({kept} EXCEPT {sums})"
        cursor.execute(
            f"SELECT count(*) FROM ({both}) AS different",  # noqa: S608
            [account.pk] * 4,
        )
        return int(cursor.fetchone()[0])
