"""One file into the journal: read, recognise, merge, match, spool what changed."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from ami_worker import batches, sources
from ami_worker._client import Client
from ami_worker._errors import (
    AuthError,
    ClientError,
    ConfigError,
    FileError,
    OutboxError,
    TransportError,
)
from ami_worker._models import AccountOut, InstrumentIn, RunIn
from ami_worker.fills import Fill, Parsed, effective
from ami_worker.matching import MATCHER_VERSION, Matched, match, third_coins
from ami_worker.metrics import METRICS_VERSION, daily
from ami_worker.outbox import MAX_WAITING_BYTES, Batch, Outbox
from ami_worker.reading import Document, read
from ami_worker.sending import patiently

Book = tuple[InstrumentIn, Sequence[Fill], Sequence[Matched]]


@dataclass(slots=True)
class Summary:
    """What a push found and what it put in the outbox."""

    source: str
    version: str
    account: AccountOut
    fills_in_file: int
    new_fills: int = 0
    changed_instruments: int = 0
    spooled: int = 0
    notes: list[str] = field(default_factory=list)


def choose_account(
    outbox: Outbox, client: Client, wanted: uuid.UUID | None, patience: float
) -> tuple[AccountOut, str]:
    """The account to write, and a note when the site was away and the memory answered.

    Raises TransportError when neither the site nor the memory knows any account.
    """
    note = ""
    cached = outbox.accounts()
    try:
        found = patiently(client.journal_accounts_list, 0 if cached else patience)
        outbox.remember_accounts(found)
    except AuthError:
        raise
    except ClientError as error:
        if not cached:
            raise TransportError(
                f"the accounts are not known yet and the site cannot tell: {error}. "
                "Nothing was kept of the file; push it again later"
            ) from error
        found, note = (
            cached,
            f"the site is away ({error}); using the account as last seen",
        )
    return _pick(found, wanted), note


def _pick(found: list[AccountOut], wanted: uuid.UUID | None) -> AccountOut:
    listed = "\n".join(f"  {account.id}  {account.name}" for account in found)
    if wanted is None and len(found) == 1:
        return found[0]
    if wanted is None and found:
        raise ConfigError(f"Which account? Set --account to one of:\n{listed}")
    for account in found:
        if account.id == wanted:
            return account
    raise ConfigError(
        f"The key may not write account {wanted}. It may write:\n{listed}"
        if found
        else "The key may not write any account: ask the owner of the site"
    )


def push(
    path: Path,
    *,
    outbox: Outbox,
    client: Client,
    account_id: uuid.UUID | None = None,
    resend: bool = False,
    patience: float = 0,
) -> Summary:
    """Spool what the file changes. Nothing is spooled when any row is refused."""
    started = datetime.now(UTC)
    document = read(path)
    source, version = sources.detect(document)
    account, note = choose_account(outbox, client, account_id, patience)
    parsed = source.parse(document, str(account.id), _zone(account))
    summary = Summary(source.id, version, account, len(parsed.fills))
    summary.notes = [note, *parsed.notes] if note else list(parsed.notes)
    if outbox.waiting_bytes() > MAX_WAITING_BYTES:
        raise OutboxError("the outbox is full: `ami-worker outbox send` first")
    with outbox.transaction():
        if resend:
            outbox.forget_spooled(str(account.id))
        outbox.merge(str(account.id), list(parsed.instruments.values()), parsed.fills)
        _spool(outbox, account, _Run(document, source.id, parsed, started), summary)
    return summary


def _zone(account: AccountOut) -> ZoneInfo:
    try:
        return ZoneInfo(account.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(
            f"This machine does not know the zone {account.timezone}: install tzdata"
        ) from error


@dataclass(frozen=True, slots=True)
class _Run:
    document: Document
    source: str
    parsed: Parsed
    started: datetime
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def record(
        self, account: AccountOut, state: Literal["running", "finished"]
    ) -> Batch:
        name = "".join(c for c in self.document.name if c.isprintable() and c != "\\")
        run = RunIn(
            run_id=self.id,
            account_id=account.id,
            source=self.source,
            filename=name[:500],
            sha256=self.document.sha256,
            state=state,
            started_at=self.started,
            finished_at=datetime.now(UTC) if state == "finished" else None,
            rows_read=self.parsed.rows_read,
            rows_rejected=0,
        )
        return batches.packed("journal_runs_put", run, 1)


def _spool(outbox: Outbox, account: AccountOut, run: _Run, summary: Summary) -> None:
    name = str(account.id)
    books = list(_books(outbox, account))
    try:
        changed = [
            *_changed_fills(outbox, account, run, books, summary),
            *_changed_trades(outbox, account, run, books, summary),
        ]
        rows = daily(account, books)
        mark = {"days": batches.digest(*rows, version=METRICS_VERSION)}
        if mark != outbox.spooled(name, "days") and (rows or changed):
            changed += batches.of_statistics(account, run.id, rows)
            outbox.note(name, "days", mark)
    except ValueError as error:  # a figure of more than 16 digits
        raise FileError(
            f"{run.document.name}: the figures are too large: {error}"
        ) from error
    if changed:
        running, finished = (
            run.record(account, "running"),
            run.record(account, "finished"),
        )
        changed = [running, *changed, finished]
    outbox.put(changed)
    summary.spooled = len(changed)


def _books(outbox: Outbox, account: AccountOut) -> Iterator[Book]:
    """Every instrument of the account with its fills in order and its trades."""
    name = str(account.id)
    fills: dict[str, list[Fill]] = defaultdict(list)
    for fill in effective(outbox.fills(name)):
        fills[fill.data.instrument].append(fill)
    for instrument in outbox.instruments(name):
        mine = fills[instrument.key]
        yield (
            instrument,
            mine,
            match(
                mine, instrument, account_id=account.id, method=account.matching_method
            ),
        )


def _changed_fills(
    outbox: Outbox, account: AccountOut, run: _Run, books: list[Book], summary: Summary
) -> Iterator[Batch]:
    known = outbox.spooled(str(account.id), "fill")
    marks, new = {}, []
    instruments = {instrument.key: instrument for instrument, _, _ in books}
    for instrument, fills, _ in books:
        for fill in fills:
            name = f"{fill.source}\n{fill.data.external_id}"
            mark = batches.digest(fill.data, instrument)
            if known.get(name) != mark:
                marks[name] = mark
                new.append(fill)
    summary.new_fills = len(new)
    outbox.note(str(account.id), "fill", marks)
    new.sort(key=lambda fill: fill.order)
    yield from batches.of_fills(account, run.id, new, instruments)


def _changed_trades(
    outbox: Outbox, account: AccountOut, run: _Run, books: list[Book], summary: Summary
) -> Iterator[Batch]:
    known = outbox.spooled(str(account.id), "trades")
    for instrument, fills, matched in books:
        trades = [item.trade for item in matched]
        mark = batches.digest(*trades, version=MATCHER_VERSION)
        if known.get(instrument.key) == mark or not (trades or instrument.key in known):
            continue
        summary.changed_instruments += 1
        for coin, paid in third_coins(fills, instrument).items():
            summary.notes.append(
                f"{instrument.symbol}: fees of {paid} {coin} are stored with their fills, "
                "but not part of the trades' costs (the file has no rate)"
            )
        outbox.note(str(account.id), "trades", {instrument.key: mark})
        yield from batches.of_trades(account, run.id, instrument.key, trades)
