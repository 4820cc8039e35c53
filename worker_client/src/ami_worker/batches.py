"""What changed, cut into requests of at most 5,000 rows and 4 MiB.

Each kind of record has a digest of its content; what was spooled with the same digest is
not sent again. Fills only add; trades and statistics replace a window, and windows of
one set follow each other without a gap, the outer ones open.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from ami_worker._models import (
    AccountOut,
    DailyStatIn,
    DailyStatSetIn,
    FillBatchIn,
    InstrumentIn,
    TradeIn,
    TradeSetIn,
)
from ami_worker.fills import Fill
from ami_worker.matching import MATCHER_VERSION
from ami_worker.metrics import METRICS_VERSION
from ami_worker.outbox import Batch

MAX_ROWS = 5000
MAX_TRADES = 2000
MAX_INSTRUMENTS = 500
MAX_BYTES = 4 * 1024 * 1024 - 256 * 1024  # leaves room for the frame around the rows


def digest(*models: BaseModel, version: str = "") -> str:
    found = hashlib.sha256(version.encode())
    for model in models:
        found.update(model.model_dump_json().encode() + b"\n")
    return found.hexdigest()


def chunks[T: BaseModel](
    rows: Iterable[T],
    limit: int,
    *,
    may_cut: Callable[[T, T], bool] = lambda last, row: True,
) -> Iterator[list[T]]:
    """Split rows in order by number and encoded size, only where `may_cut` agrees."""
    chunk: list[T] = []
    size = 0
    for row in rows:
        weight = len(row.model_dump_json().encode()) + 1
        is_full = len(chunk) >= limit or size + weight > MAX_BYTES
        if chunk and is_full and may_cut(chunk[-1], row):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += weight
    if chunk:
        yield chunk


def of_fills(
    account: AccountOut,
    run_id: uuid.UUID,
    fills: Sequence[Fill],
    instruments: dict[str, InstrumentIn],
) -> Iterator[Batch]:
    """Batches by source, oldest fill first, each with the instruments it speaks of."""
    for source in sorted({fill.source for fill in fills}):
        rows = [fill.data for fill in fills if fill.source == source]
        for chunk in chunks(rows, MAX_ROWS):
            for part in _by_instruments(chunk):
                keys = sorted({row.instrument for row in part})
                batch = FillBatchIn(
                    batch_id=uuid.uuid4(),
                    account_id=account.id,
                    run_id=run_id,
                    source=source,
                    instruments=[instruments[key] for key in keys],
                    rows=part,
                )
                yield packed("journal_fills_push", batch, len(part))


def _by_instruments(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Split so that no part names more than 500 instruments."""
    part: list[Any] = []
    keys: set[str] = set()
    for row in rows:
        if row.instrument not in keys and len(keys) == MAX_INSTRUMENTS:
            yield part
            part, keys = [], set()
        part.append(row)
        keys.add(row.instrument)
    yield part


def of_trades(
    account: AccountOut, run_id: uuid.UUID, instrument: str, trades: Sequence[TradeIn]
) -> Iterator[Batch]:
    """All trades of an instrument. Trades opened at one instant share a window."""
    parts = list(
        chunks(
            trades,
            MAX_TRADES,
            may_cut=lambda last, row: last.opened_at != row.opened_at,
        )
    ) or [[]]
    for place, part in enumerate(parts):
        after = parts[place + 1][0].opened_at if place + 1 < len(parts) else None
        batch = TradeSetIn(
            batch_id=uuid.uuid4(),
            account_id=account.id,
            run_id=run_id,
            instrument=instrument,
            matcher_version=MATCHER_VERSION,
            window_from=part[0].opened_at if place else None,
            window_to=after,
            rows=part,
        )
        yield packed("journal_trades_replace", batch, len(part), key=instrument)


def of_statistics(
    account: AccountOut, run_id: uuid.UUID, rows: Sequence[DailyStatIn]
) -> Iterator[Batch]:
    """The whole history of days; windows are dates, both ends included."""
    in_order = sorted(rows, key=lambda row: (row.date, row.currency))
    parts = list(
        chunks(in_order, MAX_ROWS - 50, may_cut=lambda last, row: last.date != row.date)
    ) or [[]]
    for place, part in enumerate(parts):
        is_last = place + 1 == len(parts)
        end = None if is_last else parts[place + 1][0].date - timedelta(days=1)
        batch = DailyStatSetIn(
            batch_id=uuid.uuid4(),
            account_id=account.id,
            run_id=run_id,
            metrics_version=METRICS_VERSION,
            window_from=part[0].date if place else None,
            window_to=end,
            rows=part,
        )
        yield packed("journal_daily_stats_replace", batch, len(part), key="days")


def packed(operation: str, batch: BaseModel, rows: int, *, key: str = "") -> Batch:
    data: Any = batch
    body = batch.model_dump_json().encode()
    name = str(getattr(data, "batch_id", None) or uuid.uuid4())
    return Batch(name, str(data.account_id), operation, key, rows, body)
