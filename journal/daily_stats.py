"""Replace an account's daily statistics by what the worker computed now."""

from collections.abc import Iterator
from datetime import date

from django.db import connection

from journal import stage
from journal.models import Account
from journal.schemas import DailyStatSetIn
from worker_api.batches import Counts
from worker_api.problems import FieldError, invalid

STAT = ["trades_closed", "wins", "losses", "breakevens", "gross_pnl", "commission",
        "fees", "funding", "net_pnl", "volume", "cash_flow", "equity_open",
        "equity_close", "peak_equity", "drawdown_abs", "drawdown_pct",
        "return_pct"]  # fmt: skip
KEYS = ["account_id", "date", "currency"]


def replace(account: Account, batch: DailyStatSetIn) -> Counts:
    """Make the days in [window_from, window_to] those of batch.

    Inside the caller's transaction, which holds the account's lock.
    """
    errors = list(_row_errors(batch))
    if errors:
        raise invalid(errors)
    columns = [*STAT, "metrics_version"]
    with connection.cursor() as cursor:
        stage.copy_in(
            cursor,
            "stage_daily",
            like="journal_dailystat",
            columns=[*KEYS, *columns],
            rows=(
                [
                    account.pk, row.date, row.currency,
                    *(getattr(row, name) for name in STAT), batch.metrics_version,
                ]
                for row in batch.rows
            ),
        )  # fmt: skip
        cursor.execute(
            "DELETE FROM journal_dailystat d WHERE d.account_id = %s"
            " AND (%s::date IS NULL OR d.date >= %s) AND (%s::date IS NULL OR d.date <= %s)"
            " AND NOT EXISTS (SELECT 1 FROM stage_daily s"
            " WHERE s.date = d.date AND s.currency = d.currency)",
            [
                account.pk,
                batch.window_from, batch.window_from, batch.window_to, batch.window_to,
            ],
        )  # fmt: skip
        removed = cursor.rowcount
        created, updated = stage.upsert(
            cursor,
            "journal_dailystat",
            keys=KEYS,
            columns=columns,
            source="SELECT * FROM stage_daily",
        )
    return Counts(created, updated, len(batch.rows) - created - updated, removed)


def _row_errors(batch: DailyStatSetIn) -> Iterator[FieldError]:
    first, last = batch.window_from or date.min, batch.window_to or date.max
    seen: dict[tuple[date, str], int] = {}
    for index, row in enumerate(batch.rows):
        key = (row.date, row.currency)
        if key in seen:
            yield f"rows.{index}.date", f"same day and currency as rows.{seen[key]}"
        seen.setdefault(key, index)
        if not first <= row.date <= last:
            yield f"rows.{index}.date", "lies outside the window"
