"""Delivering the outbox: in order, with patience, and nothing lost on the way."""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import stamina

from ami_worker._client import Client
from ami_worker._errors import (
    ApiError,
    ClientError,
    TransportError,
    ValidationError,
)
from ami_worker._models import BatchOut
from ami_worker.outbox import Batch, Outbox

ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 300.0
_JITTER = random.SystemRandom()
_ROW = re.compile(r"(?:^|\.)rows\.(\d+)(?:\.|$)")


@dataclass(slots=True)
class Delivery:
    """What became of the waiting batches. `reason` says why some still wait."""

    sent: int = 0
    waiting: int = 0
    dead: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    reason: str = ""
    refusals: list[str] = field(default_factory=list)

    def count(self, answer: BatchOut) -> None:
        self.sent += 1
        self.created += answer.created
        self.updated += answer.updated
        self.unchanged += answer.unchanged
        self.removed += answer.removed


class Backoff:
    """Decides, for stamina, whether and how long to wait: full jitter from 1 to 300 s.

    The site's Retry-After wins, unless it asks for more than `patience` seconds: then
    the batch waits in the outbox instead.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._tries = 0

    def __call__(self, error: Exception) -> bool | float:
        if not is_temporary(error):
            return False
        self._tries += 1
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is not None:
            return asked if asked <= self._patience else False
        longest = min(_LONGEST_WAIT_SECONDS, 2.0 ** (self._tries - 1))
        return _JITTER.uniform(0, longest)


def is_temporary(error: Exception) -> bool:
    if isinstance(error, ApiError):
        return error.is_temporary
    return isinstance(error, TransportError)


def patiently[T](call: Callable[[], T], patience: float) -> T:
    """The call's result, after retries within `patience` seconds; its last error else."""
    attempts = ATTEMPTS if patience > 0 else 1
    backoff = Backoff(patience)
    for attempt in stamina.retry_context(
        on=backoff, attempts=attempts, timeout=max(patience, 0.01)
    ):
        with attempt:
            return call()
    raise AssertionError("unreachable")


def deliver(
    outbox: Outbox,
    client: Client,
    *,
    patience: float,
    progress: Callable[[Batch, int, int], None] = lambda batch, done, total: None,
) -> Delivery:
    """Send what waits, oldest first; stop at the first batch that has to wait.

    Raises AuthError (the batches stay) when the site refuses the key.
    """
    result = Delivery()
    with outbox.sender():
        total = len(outbox.batches("waiting"))
        for done, batch in enumerate(_waiting(outbox)):
            progress(batch, done, max(total, done + 1))
            if not _deliver_one(outbox, client, batch, patience, result):
                break
    result.waiting = len(outbox.batches("waiting"))
    result.dead = len(outbox.batches("dead"))
    return result


def _waiting(outbox: Outbox) -> Iterator[Batch]:
    """The first waiting batch, read anew each time: splitting changes the queue."""
    while found := outbox.batches("waiting"):
        yield found[0]


def _deliver_one(
    outbox: Outbox, client: Client, batch: Batch, patience: float, result: Delivery
) -> bool:
    """False when this batch, and so the ones behind it, have to wait."""
    body = outbox.body(batch)
    try:
        answer = patiently(lambda: client.send(batch.operation, body), patience)
    except ClientError as error:
        return _refused(outbox, batch, body, error, result)
    outbox.delivered(batch)
    result.count(answer)
    return True


def _refused(
    outbox: Outbox, batch: Batch, body: bytes, error: ClientError, result: Delivery
) -> bool:
    if isinstance(error, ApiError) and error.status in {401, 403}:
        outbox.attempted(batch, str(error))
        raise error
    if not isinstance(error, ApiError) or error.is_temporary:
        outbox.attempted(batch, str(error))
        result.reason = str(error)
        return False
    result.refusals.append(told(error))
    is_split = isinstance(error, ValidationError) and set_aside(
        outbox, batch, body, error
    )
    if not is_split:
        outbox.bury(batch, told(error))
    return True


def told(error: ApiError) -> str:
    """The site's words with fields and rows, on one line each."""
    lines = [f"{where}: {what}" if where else what for where, what in error.errors]
    return "\n".join([str(error), *lines])


def set_aside(
    outbox: Outbox, batch: Batch, body: bytes, error: ValidationError
) -> bool:
    """Split a refused batch of fills: the named rows to the dead, the rest goes on.

    Only fills: of a set that replaces a window no row may be missing. False when the
    site named no rows, or all of them.
    """
    content: dict[str, Any] = json.loads(body)
    rows = content.get("rows", [])
    named = {int(hit[1]) for where, _ in error.errors if (hit := _ROW.search(where))}
    bad = named & set(range(len(rows)))
    if batch.operation != "journal_fills_push" or not bad or len(bad) == len(rows):
        return False
    good = [row for index, row in enumerate(rows) if index not in bad]
    rest = _with_rows(batch, content, good)
    refused = _with_rows(batch, content, [rows[index] for index in sorted(bad)])
    outbox.split(batch, rest, replace(refused, state="dead", answer=told(error)))
    return True


def _with_rows(
    batch: Batch, content: dict[str, Any], rows: list[dict[str, Any]]
) -> Batch:
    name = str(uuid.uuid4())
    keys = {row["instrument"] for row in rows}
    instruments = [item for item in content["instruments"] if item["key"] in keys]
    changed = {**content, "batch_id": name, "rows": rows, "instruments": instruments}
    body = json.dumps(changed, separators=(",", ":"), ensure_ascii=False).encode()
    return Batch(name, batch.account, batch.operation, batch.key, len(rows), body)
