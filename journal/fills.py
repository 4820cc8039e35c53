"""Store a batch of fills and the instruments they speak of."""

from collections.abc import Iterator

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from journal import stage
from journal.models import Account
from journal.schemas import FillBatchIn, InstrumentIn
from worker_api.batches import Counts
from worker_api.problems import FieldError, invalid

INSTRUMENT = ["asset_class", "symbol", "venue", "underlying", "currency",
              "multiplier", "expiry", "strike", '"right"']  # fmt: skip
FILL = ["order_id", "side", "position_effect", "quantity", "price", "executed_at",
        "executed_at_precision", "commission", "fees", "fee_currency", "funding",
        "raw", "schema_version"]  # fmt: skip


def store(account: Account, batch: FillBatchIn) -> Counts:
    """Create or change the fills of batch, known by (account, source, external id).

    Inside the caller's transaction, which holds the account's lock. All or nothing: 422
    names rows that contradict each other.
    """
    errors = [*_instrument_errors(batch.instruments), *_row_errors(batch)]
    if errors:
        raise invalid(errors)
    with connection.cursor() as cursor:
        _store_instruments(cursor, account, batch.instruments)
        created, updated = _store_rows(cursor, account, batch)
    return Counts(created, updated, len(batch.rows) - created - updated)


def _instrument_errors(instruments: list[InstrumentIn]) -> Iterator[FieldError]:
    seen: dict[str, int] = {}
    for index, instrument in enumerate(instruments):
        if instrument.key in seen:
            yield (
                f"instruments.{index}.key",
                f"same as instruments.{seen[instrument.key]}",
            )
        seen.setdefault(instrument.key, index)
        if instrument.multiplier <= 0:
            yield f"instruments.{index}.multiplier", "must be greater than 0"


def _row_errors(batch: FillBatchIn) -> Iterator[FieldError]:
    known = {instrument.key for instrument in batch.instruments}
    seen: dict[str, int] = {}
    for index, row in enumerate(batch.rows):
        if row.external_id in seen:
            yield f"rows.{index}.external_id", f"same as rows.{seen[row.external_id]}"
        seen.setdefault(row.external_id, index)
        if row.instrument not in known:
            yield f"rows.{index}.instrument", "is not among the batch's instruments"


def _store_instruments(
    cursor: CursorWrapper, account: Account, instruments: list[InstrumentIn]
) -> None:
    stage.copy_in(
        cursor,
        "stage_instrument",
        like="journal_instrument",
        columns=["account_id", "key", *INSTRUMENT],
        rows=(
            [
                account.pk, item.key, item.asset_class, item.symbol, item.venue,
                item.underlying, item.currency, item.multiplier, item.expiry,
                item.strike, item.right or "",
            ]
            for item in instruments
        ),
    )  # fmt: skip
    stage.upsert(
        cursor,
        "journal_instrument",
        keys=["account_id", "key"],
        columns=INSTRUMENT,
        source="SELECT * FROM stage_instrument",
    )


def _store_rows(
    cursor: CursorWrapper, account: Account, batch: FillBatchIn
) -> tuple[int, int]:
    stage.copy_in(
        cursor,
        "stage_fill",
        like="journal_fill",
        columns=["external_id", *FILL],
        extra="''::text AS instrument_key",
        rows=(
            [
                row.external_id, row.order_id, row.side, row.position_effect,
                row.quantity, row.price, row.executed_at, row.executed_at_precision,
                row.commission, row.fees, row.fee_currency, row.funding,
                Jsonb(row.raw), batch.schema_version, row.instrument,
            ]
            for row in batch.rows
        ),
    )  # fmt: skip
    picked = ", ".join(f"s.{column}" for column in FILL)
    return stage.upsert(
        cursor,
        "journal_fill",
        keys=["account_id", "source", "external_id"],
        columns=["instrument_id", *FILL],
        once=["run_id"],
        source=f"""
            SELECT i.account_id, %s, s.external_id, i.id, {picked}, %s::uuid
            FROM stage_fill s
            JOIN stage_instrument si ON si.key = s.instrument_key
            JOIN journal_instrument i ON i.account_id = si.account_id AND i.key = si.key
        """,  # noqa: S608
        values=[batch.source, batch.run_id],
    )
