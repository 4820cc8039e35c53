"""Replace the trades of one instrument by what the worker matched now."""

import hashlib
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from journal import rolls, stage, trading_day
from journal.models import Account, Instrument
from journal.schemas import TradeIn, TradeSetIn
from worker_api.batches import Counts
from worker_api.problems import MAX_ERRORS, FieldError, invalid

TRADE = ["direction", "status", "opened_at", "closed_at", "quantity", "entry_price",
         "exit_price", "gross_pnl", "commission", "fees", "funding", "net_pnl",
         "currency", "holding_seconds", "fill_count", "needs_opening_balance",
         "matcher_version", "content_hash"]  # fmt: skip
PART = ["trade_id", "quantity", "role", "realized_pnl"]


def replace(account: Account, batch: TradeSetIn) -> Counts:
    """Make the trades opened in [window_from, window_to) those of batch.

    Inside the caller's transaction, which holds the account's lock. Fills must be there
    already. The sums of every touched day are computed anew.
    """
    instrument = Instrument.objects.filter(
        account=account, key=batch.instrument
    ).first()
    if instrument is None:
        raise invalid([("instrument", "is not known: send its fills first")])
    errors = list(_row_errors(batch))
    if errors:
        raise invalid(errors)
    with connection.cursor() as cursor:
        _stage(cursor, account, batch)
        _refuse_foreign(cursor, instrument)
        return _swap(cursor, account, instrument, batch)


def _row_errors(batch: TradeSetIn) -> Iterator[FieldError]:
    seen: dict[UUID, int] = {}
    for index, row in enumerate(batch.rows):
        if row.id in seen:
            yield f"rows.{index}.id", f"same as rows.{seen[row.id]}"
        seen.setdefault(row.id, index)
        if not _within(batch, row):
            yield f"rows.{index}.opened_at", "lies outside the window"
        for field, message in _contradictions(row):
            yield f"rows.{index}.{field}", message


def _within(batch: TradeSetIn, row: TradeIn) -> bool:
    after = batch.window_from is None or row.opened_at >= batch.window_from
    return after and (batch.window_to is None or row.opened_at < batch.window_to)


def _contradictions(row: TradeIn) -> Iterator[FieldError]:
    if row.quantity <= 0:
        yield "quantity", "must be greater than 0"
    if (row.status == "closed") != (row.closed_at is not None):
        yield "closed_at", "must be there for closed trades, and only for them"
    if row.closed_at is not None and row.closed_at < row.opened_at:
        yield "closed_at", "must not lie before opened_at"
    seen: dict[tuple[str, str, str], int] = {}
    for index, part in enumerate(row.fills):
        key = (part.source, part.external_id, part.role)
        if key in seen:
            yield f"fills.{index}.external_id", f"same as fills.{seen[key]}"
        seen.setdefault(key, index)


def _content_hash(account: Account, batch: TradeSetIn, row: TradeIn) -> str:
    frame = f"{batch.matcher_version}|{account.timezone}|{account.day_roll}|"
    return hashlib.sha256((frame + row.model_dump_json()).encode()).hexdigest()


def _stage(cursor: CursorWrapper, account: Account, batch: TradeSetIn) -> None:
    stage.copy_in(
        cursor,
        "stage_trade",
        like="journal_trade",
        columns=["id", *TRADE],
        extra="0 AS row",
        rows=(
            [
                row.id, row.direction, row.status, row.opened_at, row.closed_at,
                row.quantity, row.entry_price, row.exit_price, row.gross_pnl,
                row.commission, row.fees, row.funding, row.net_pnl, row.currency,
                row.holding_seconds, row.fill_count, row.needs_opening_balance,
                batch.matcher_version, _content_hash(account, batch, row), index,
            ]
            for index, row in enumerate(batch.rows)
        ),
    )  # fmt: skip
    stage.copy_in(
        cursor,
        "stage_part",
        like="journal_tradefill",
        columns=PART,
        extra="''::text AS source, ''::text AS external_id, 0 AS row, 0 AS part",
        rows=(
            [
                row.id, part.quantity, part.role, part.realized_pnl,
                part.source, part.external_id, row_index, part_index,
            ]
            for row_index, row in enumerate(batch.rows)
            for part_index, part in enumerate(row.fills)
        ),
    )  # fmt: skip


def _refuse_foreign(cursor: CursorWrapper, instrument: Instrument) -> None:
    """422 for ids of another account or instrument, and for fills that are not there."""
    cursor.execute(
        "SELECT s.row FROM stage_trade s JOIN journal_trade t USING (id)"
        " WHERE t.account_id <> %s OR t.instrument_id <> %s ORDER BY 1 LIMIT %s",
        [instrument.account_id, instrument.pk, MAX_ERRORS],
    )
    errors = [
        (f"rows.{row}.id", "belongs to another account or instrument")
        for (row,) in cursor.fetchall()
    ]
    cursor.execute(
        "SELECT p.row, p.part FROM stage_part p LEFT JOIN journal_fill f"
        " ON f.account_id = %s AND f.source = p.source"
        " AND f.external_id = p.external_id AND f.instrument_id = %s"
        " WHERE f.id IS NULL ORDER BY 1, 2 LIMIT %s",
        [instrument.account_id, instrument.pk, MAX_ERRORS],
    )
    errors += [
        (f"rows.{row}.fills.{part}.external_id", "is not known: send this fill first")
        for row, part in cursor.fetchall()
    ]
    if errors:
        raise invalid(errors)


def _swap(
    cursor: CursorWrapper, account: Account, instrument: Instrument, batch: TradeSetIn
) -> Counts:
    touched = _days_before(cursor)
    removed = _remove(cursor, instrument, batch)
    written = _write(cursor, account, instrument)
    _write_parts(cursor, instrument, [trade for trade, _, _ in written])
    days = touched | removed[1] | {day for _, _, day in written}
    rolls.refresh(cursor, account, instrument.pk, {day for day in days if day})
    created = sum(is_new for _, is_new, _ in written)
    updated = len(written) - created
    unchanged = len(batch.rows) - len(written)
    return Counts(created, updated, unchanged, removed[0])


def _days_before(cursor: CursorWrapper) -> set[date | None]:
    """Days on which the trades that will change stood until now."""
    cursor.execute(
        "SELECT DISTINCT t.day FROM journal_trade t JOIN stage_trade s USING (id)"
        " WHERE t.content_hash <> s.content_hash"
    )
    return {day for (day,) in cursor.fetchall()}


def _remove(
    cursor: CursorWrapper, instrument: Instrument, batch: TradeSetIn
) -> tuple[int, set[date | None]]:
    cursor.execute(
        "DELETE FROM journal_trade t WHERE t.account_id = %s AND t.instrument_id = %s"
        " AND (%s::timestamptz IS NULL OR t.opened_at >= %s)"
        " AND (%s::timestamptz IS NULL OR t.opened_at < %s)"
        " AND NOT EXISTS (SELECT 1 FROM stage_trade s WHERE s.id = t.id) RETURNING t.day",
        [
            instrument.account_id, instrument.pk,
            batch.window_from, batch.window_from, batch.window_to, batch.window_to,
        ],
    )  # fmt: skip
    days = [day for (day,) in cursor.fetchall()]
    return len(days), set(days)


def _write(
    cursor: CursorWrapper, account: Account, instrument: Instrument
) -> list[tuple[UUID, bool, date | None]]:
    """(id, whether it is new, its day) of every trade created or changed."""
    names, changes = ", ".join(TRADE), ", ".join(f"{c} = excluded.{c}" for c in TRADE)
    cursor.execute(
        f"""
        INSERT INTO journal_trade (id, account_id, instrument_id, day, {names})
        SELECT id, %s, %s, {trading_day.sql("closed_at")}, {names} FROM stage_trade
        ON CONFLICT (id) DO UPDATE SET day = excluded.day, {changes}
        WHERE journal_trade.content_hash <> excluded.content_hash
        RETURNING id, xmax = 0, day
        """,  # noqa: S608
        [account.pk, instrument.pk, *trading_day.values(account)],
    )
    written: list[tuple[UUID, bool, date | None]] = cursor.fetchall()
    return written


def _write_parts(
    cursor: CursorWrapper, instrument: Instrument, trades: list[UUID]
) -> None:
    cursor.execute("DELETE FROM journal_tradefill WHERE trade_id = ANY(%s)", [trades])
    cursor.execute(
        "INSERT INTO journal_tradefill (trade_id, fill_id, quantity, role, realized_pnl)"
        " SELECT p.trade_id, f.id, p.quantity, p.role, p.realized_pnl FROM stage_part p"
        " JOIN journal_fill f ON f.account_id = %s AND f.source = p.source"
        " AND f.external_id = p.external_id WHERE p.trade_id = ANY(%s)",
        [instrument.account_id, trades],
    )
