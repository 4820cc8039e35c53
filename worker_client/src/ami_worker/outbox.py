"""The worker's memory on disk: known fills, cached accounts, and batches not yet taken.

One SQLite file (WAL). A batch, and the note that its content is on its way, are written
in one transaction; a batch is deleted when the site has answered 2xx. Bodies are kept
as the bytes that will be sent, so that a repeat is the same request.
"""

import gzip
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from ami_worker._errors import OutboxError
from ami_worker._models import AccountOut, FillIn, InstrumentIn
from ami_worker.fills import Fill, better

FILENAME = "outbox.sqlite3"
MAX_WAITING_BYTES = 512 * 1024 * 1024
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS instruments (
    account TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS fills (
    account TEXT, source TEXT, external_id TEXT, rank INTEGER NOT NULL,
    grade INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (account, source, external_id));
CREATE TABLE IF NOT EXISTS spooled (
    account TEXT, kind TEXT, key TEXT, digest TEXT NOT NULL,
    PRIMARY KEY (account, kind, key));
CREATE TABLE IF NOT EXISTS batches (
    -- place: the seq of the batch that this one was split from, so that order is kept
    seq INTEGER PRIMARY KEY AUTOINCREMENT, batch_id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL,
    rows INTEGER NOT NULL, created TEXT NOT NULL, payload BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting',
    answer TEXT NOT NULL DEFAULT '', place INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """A request to be sent. `key` names what it replaces, "" when it only adds."""

    batch_id: str
    account: str
    operation: str
    key: str
    rows: int
    body: bytes
    seq: int = 0
    attempts: int = 0
    state: Literal["waiting", "dead"] = "waiting"
    created: str = ""
    answer: str = ""


class Outbox:
    """Opens or creates the file in `home`. Raises OutboxError when that is impossible."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILENAME
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(
                f"{self.path} cannot be used: {error}. "
                "Set AMI_WORKER_HOME to a folder that can be written."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a second process waits up to 30 s for its turn."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutboxError(f"{self.path}: {error}") from error

    @contextmanager
    def sender(self) -> Iterator[None]:
        """Held by the one process that sends; it ends with the process, however it ends."""
        lock = sqlite3.connect(f"{self.path}.lock", timeout=1, isolation_level=None)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise OutboxError(
                    "another ami-worker is sending from this outbox"
                ) from error
            yield
        finally:
            lock.close()

    # Accounts: the site's answer, kept for when it is away.

    def remember_accounts(self, accounts: Sequence[AccountOut]) -> None:
        rows = [(str(account.id), account.model_dump_json()) for account in accounts]
        with self.transaction():
            self._db.execute("DELETE FROM accounts")
            self._db.executemany("INSERT INTO accounts VALUES (?, ?)", rows)

    def accounts(self) -> list[AccountOut]:
        found = self._db.execute("SELECT body FROM accounts ORDER BY id")
        return [AccountOut.model_validate_json(body) for (body,) in found]

    # Known fills. Call inside a transaction.

    def merge(
        self, account: str, instruments: Sequence[InstrumentIn], fills: Sequence[Fill]
    ) -> None:
        """Add what is new. Any order of files, and any repetition, ends the same."""
        known = {
            (fill.source, fill.data.external_id): fill for fill in self.fills(account)
        }
        for fill in fills:
            name = (fill.source, fill.data.external_id)
            known[name] = better(known[name], fill) if name in known else fill
        changed = {(fill.source, fill.data.external_id) for fill in fills}
        self._db.executemany(
            "INSERT OR REPLACE INTO fills VALUES (?, ?, ?, ?, ?, ?)",
            [_record(account, known[name]) for name in sorted(changed)],
        )
        kept = {item.key: item for item in self.instruments(account)}
        for item in instruments:
            chosen = max(item, kept.get(item.key, item), key=_text)
            self._db.execute(
                "INSERT OR REPLACE INTO instruments VALUES (?, ?, ?)",
                (account, item.key, chosen.model_dump_json()),
            )

    def fills(self, account: str) -> list[Fill]:
        found = self._db.execute(
            "SELECT source, body, rank, grade FROM fills WHERE account = ?", (account,)
        )
        return [
            Fill(source, FillIn.model_validate_json(body), rank, grade)
            for source, body, rank, grade in found
        ]

    def instruments(self, account: str) -> list[InstrumentIn]:
        found = self._db.execute(
            "SELECT body FROM instruments WHERE account = ? ORDER BY key", (account,)
        )
        return [InstrumentIn.model_validate_json(body) for (body,) in found]

    # What is already on its way or delivered, by content. Call inside a transaction.

    def spooled(self, account: str, kind: str) -> dict[str, str]:
        """Key → digest of the content last written to the outbox."""
        found = self._db.execute(
            "SELECT key, digest FROM spooled WHERE account = ? AND kind = ?",
            (account, kind),
        )
        return dict(found.fetchall())

    def note(self, account: str, kind: str, digests: dict[str, str]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO spooled VALUES (?, ?, ?, ?)",
            [(account, kind, key, digest) for key, digest in digests.items()],
        )

    def forget_spooled(self, account: str) -> None:
        """Make the next push send everything again (a site restored from a backup)."""
        self._db.execute("DELETE FROM spooled WHERE account = ?", (account,))

    def put(self, batches: Sequence[Batch]) -> None:
        """Append; a dead batch that one of these replaces is dropped."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for batch in batches:
            if batch.key:
                self._db.execute(
                    "DELETE FROM batches WHERE state = 'dead' AND account = ? "
                    "AND operation = ? AND key = ?",
                    (batch.account, batch.operation, batch.key),
                )
            self._insert(batch, now)

    def _insert(self, batch: Batch, created: str, place: int | None = None) -> None:
        self._db.execute(
            "INSERT INTO batches (batch_id, account, operation, key, rows, created, "
            "payload, state, answer, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                batch.batch_id,
                batch.account,
                batch.operation,
                batch.key,
                batch.rows,
                created,
                gzip.compress(batch.body, 6, mtime=0),
                batch.state,
                batch.answer,
                place,
            ),
        )

    # Batches

    def batches(self, state: Literal["waiting", "dead"] | None = None) -> list[Batch]:
        """In order of sending, without bodies (`body` reads one)."""
        found = self._db.execute(
            "SELECT batch_id, account, operation, key, rows, seq, attempts, state, "
            "created, answer FROM batches WHERE ? IS NULL OR state = ? "
            "ORDER BY coalesce(place, seq), seq",
            (state, state),
        )
        return [
            Batch(
                batch_id=row[0],
                account=row[1],
                operation=row[2],
                key=row[3],
                rows=row[4],
                body=b"",
                seq=row[5],
                attempts=row[6],
                state=row[7],
                created=row[8],
                answer=row[9],
            )
            for row in found
        ]

    def body(self, batch: Batch) -> bytes:
        found = self._db.execute(
            "SELECT payload FROM batches WHERE seq = ?", (batch.seq,)
        ).fetchone()
        return gzip.decompress(found[0])

    def waiting_bytes(self) -> int:
        found = self._db.execute("SELECT total(length(payload)) FROM batches")
        return int(found.fetchone()[0])

    def delivered(self, batch: Batch) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM batches WHERE seq = ?", (batch.seq,))

    def attempted(self, batch: Batch, answer: str) -> None:
        with self.transaction():
            self._db.execute(
                "UPDATE batches SET attempts = attempts + 1, answer = ? WHERE seq = ?",
                (answer, batch.seq),
            )

    def bury(self, batch: Batch, answer: str) -> None:
        """Keep a batch that the site will never take as it is, with the site's words."""
        with self.transaction():
            self._db.execute(
                "UPDATE batches SET state = 'dead', attempts = attempts + 1, answer = ? "
                "WHERE seq = ?",
                (answer, batch.seq),
            )

    def split(self, batch: Batch, rest: Batch, refused: Batch) -> None:
        """Put `rest` in the place of a batch, and its refused rows among the dead."""
        with self.transaction():
            self._db.execute(
                "UPDATE batches SET batch_id = ?, rows = ?, payload = ? WHERE seq = ?",
                (
                    rest.batch_id,
                    rest.rows,
                    gzip.compress(rest.body, 6, mtime=0),
                    batch.seq,
                ),
            )
            self._insert(refused, batch.created, batch.seq)

    def revive(self, batch_id: str | None = None) -> int:
        """Make dead batches (or one) wait again; how many."""
        with self.transaction():
            done = self._db.execute(
                "UPDATE batches SET state = 'waiting' "
                "WHERE state = 'dead' AND (? IS NULL OR batch_id = ?)",
                (batch_id, batch_id),
            )
        return done.rowcount


def _record(account: str, fill: Fill) -> tuple[str, str, str, int, int, str]:
    return (
        account,
        fill.source,
        fill.data.external_id,
        fill.rank,
        fill.grade,
        fill.data.model_dump_json(),
    )


def _text(item: InstrumentIn) -> str:
    return item.model_dump_json()
