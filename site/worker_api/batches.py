"""Accept each batch once, however often and however simultaneously it is sent."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction

from audit import trail
from worker_api.auth import WorkerRequest
from worker_api.models import Batch
from worker_api.problems import ProblemError
from worker_api.schemas import BatchOut


@dataclass(frozen=True)
class Counts:
    """What a write did, in rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0


def once(
    request: WorkerRequest,
    batch_id: UUID,
    *,
    operation: str,
    target: str,
    write: Callable[[], Counts],
) -> BatchOut:
    """Run write and keep its result, or give the kept result back as a replay.

    One transaction: equal batches at the same time wait for the first. 409 when the id
    came before with another body. One audit row per accepted batch, none per replay.
    """
    digest = hashlib.sha256(request.body).hexdigest()
    with transaction.atomic():
        Batch.objects.bulk_create(
            [
                Batch(
                    batch_id=batch_id,
                    key=request.auth,
                    operation=operation,
                    digest=digest,
                )
            ],
            ignore_conflicts=True,
        )
        batch = Batch.objects.select_for_update().get(batch_id=batch_id)
        if batch.result is not None:
            return _replay(batch, operation, digest)
        counts = write()
        batch.result = asdict(counts)
        batch.save(update_fields=["result"])
        record(request, operation, target, batch_id=batch_id, counts=counts)
    return BatchOut(batch_id=batch_id, replay=False, **asdict(counts))


def record(
    request: WorkerRequest,
    operation: str,
    target: str,
    *,
    batch_id: UUID,
    counts: Counts,
) -> None:
    """The audit row of an accepted write: the last statement of its transaction."""
    trail.record(
        f"worker:{request.auth.key_id}",
        operation,
        target,
        batch_id=batch_id,
        **asdict(counts),
    )


def _replay(batch: Batch, operation: str, digest: str) -> BatchOut:
    if (batch.operation, batch.digest) != (operation, digest):
        raise ProblemError(409, "This batch_id came before with another body.")
    return BatchOut(batch_id=batch.batch_id, replay=True, **batch.result)
