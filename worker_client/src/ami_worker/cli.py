"""The command `ami-worker`.

Exit codes: 0 everything delivered or nothing new; 1 the site refused a batch (it is kept,
see `outbox list`); 2 the file or the call was refused, nothing was kept; 74 the outbox
cannot be used; 75 the site is away, the batches wait; 77 the key was refused, the batches
stay; 78 a setting is missing.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import stamina.instrumentation
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ami_worker import settings as configuration
from ami_worker import sources
from ami_worker._client import Client
from ami_worker._errors import ConfigError, FileError, WorkerError
from ami_worker.outbox import Batch, Outbox
from ami_worker.push import Summary
from ami_worker.push import push as push_file
from ami_worker.reading import read
from ami_worker.sending import Delivery, deliver, patiently

DEAD, WAITING = 1, 75
_ROWS_SHOWN = 20
_WORDS = {
    "journal_fills_push": "fills",
    "journal_trades_replace": "trades",
    "journal_daily_stats_replace": "days",
    "journal_runs_put": "run",
}

app = typer.Typer(
    name="ami-worker",
    help="Reads broker files and pushes them to an AMI journal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
outbox_app = typer.Typer(help="What waits to be sent.", no_args_is_help=True)
app.add_typer(outbox_app, name="outbox")

out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)

Url = Annotated[str | None, typer.Option(help="The site; else AMI_WORKER_URL.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="File that holds the key; else AMI_WORKER_KEY_FILE.")
]
AccountId = Annotated[
    str | None,
    typer.Option(help="Account id; else AMI_WORKER_ACCOUNT, or the only one."),
]


def main() -> None:
    """Run the command; every expected error becomes a message and an exit code."""
    logging.getLogger("stamina").setLevel(logging.CRITICAL)
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        app()
    except WorkerError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print(
            "Stopped. What was spooled is kept; `ami-worker outbox send` goes on."
        )
        sys.exit(130)


def complain(error: WorkerError) -> None:
    err.print(str(error))
    if isinstance(error, FileError):
        for row in error.rows[:_ROWS_SHOWN]:
            err.print(f"  {row}")
        if len(error.rows) > _ROWS_SHOWN:
            err.print(f"  … and {len(error.rows) - _ROWS_SHOWN} more")


@app.command()
def push(
    file: Annotated[Path, typer.Argument(help="A file exported from a broker.")],
    account: AccountId = None,
    url: Url = None,
    key_file: KeyFile = None,
    resend: Annotated[
        bool, typer.Option(help="Send everything again, for a site that lost data.")
    ] = False,
) -> None:
    """Read a broker file and send what it adds to the journal."""
    chosen = configuration.load(url=url, key_file=key_file, account=account)
    with Outbox(chosen.home) as outbox, chosen.client() as client:
        summary = push_file(
            file,
            outbox=outbox,
            client=client,
            account_id=chosen.account,
            resend=resend,
            patience=chosen.patience,
        )
        describe(file, summary)
        if not summary.spooled:
            out.print("nothing new")
        finish(send(outbox, client, chosen.patience))


def describe(file: Path, summary: Summary) -> None:
    out.print(
        f"{file.name}: {summary.source} ({summary.version}), "
        f"{summary.fills_in_file} fills for {summary.account.name}"
    )
    for note in summary.notes:
        err.print(f"note: {note}")
    if summary.spooled:
        out.print(
            f"{summary.new_fills} new or changed fills, "
            f"{summary.changed_instruments} instruments with other trades"
        )


def send(outbox: Outbox, client: Client, patience: float) -> Delivery:
    with progress_shown() as shown:
        return deliver(outbox, client, patience=patience, progress=shown)


@contextmanager
def progress_shown() -> Iterator[Callable[[Batch, int, int], None]]:
    """A bar on a terminal, one line per batch elsewhere."""
    if not out.is_terminal:
        yield lambda batch, done, total: out.print(
            f"sending {_WORDS[batch.operation]} ({batch.rows} rows)"
        )
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("sending", total=None)

        def advance(batch: Batch, done: int, total: int) -> None:
            label = f"sending {_WORDS[batch.operation]}"
            bar.update(task, description=label, completed=done, total=total)

        yield advance


def finish(delivery: Delivery) -> None:
    """Say what became of the batches and leave with the exit code for it."""
    if delivery.sent:
        out.print(
            f"sent {delivery.sent} batches: {delivery.created} created, "
            f"{delivery.updated} updated, {delivery.unchanged} unchanged, "
            f"{delivery.removed} removed"
        )
    for refusal in delivery.refusals:
        err.print(f"refused: {refusal}")
    if delivery.waiting:
        err.print(f"waiting: {delivery.waiting} batches stay in the outbox")
        err.print(f"  {delivery.reason}")
        err.print("  They go out with the next push, or with `ami-worker outbox send`.")
        raise typer.Exit(WAITING)
    if delivery.dead:
        err.print(
            f"{delivery.dead} batches were refused by the site and are kept: "
            "see `ami-worker outbox list`"
        )
        raise typer.Exit(DEAD)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file exported from a broker.")],
    timezone: Annotated[
        str, typer.Option(help="Zone of the account, for files without one.")
    ] = "UTC",
) -> None:
    """Read a file and say what is in it. Nothing is kept or sent."""
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(f"{timezone} is not a zone like America/New_York") from error
    document = read(file)
    source, version = sources.detect(document)
    parsed = source.parse(document, "check", zone)
    out.print(f"{file.name}: {source.title}, version {version}")
    out.print(f"rows: {parsed.rows_read}   fills: {len(parsed.fills)}")
    if parsed.fills:
        times = [fill.data.executed_at for fill in parsed.fills]
        out.print(f"from {min(times).isoformat()} to {max(times).isoformat()}")
    for key in sorted(parsed.instruments):
        count = sum(fill.data.instrument == key for fill in parsed.fills)
        out.print(f"  {key}: {count} fills")
    for note in parsed.notes:
        err.print(f"note: {note}")


@app.command()
def formats() -> None:
    """List the files that can be read."""
    for source in sources.discover():
        out.print(f"{source.id}: {source.title}")
        for name, seen in source.versions.items():
            out.print(f"  {name}: {seen}")


@app.command()
def whoami(url: Url = None, key_file: KeyFile = None) -> None:
    """Show what the site knows of the key, and the accounts it may write."""
    chosen = configuration.load(url=url, key_file=key_file)
    with chosen.client() as client:
        me = patiently(client.whoami, chosen.patience)
        out.print(f"{me.name} (key {me.key_id}), contract {me.contract}")
        out.print(f"scopes: {', '.join(me.scopes) or 'none'}")
        for item in patiently(client.journal_accounts_list, chosen.patience):
            out.print(
                f"{item.id}  {item.name}  {item.base_currency}  {item.timezone}  "
                f"day rolls at {item.day_roll}  {item.matching_method}"
            )


@outbox_app.command("list")
def list_batches() -> None:
    """List the batches that wait and those that the site refused."""
    with Outbox(configuration.home()) as outbox:
        found = outbox.batches()
        for batch in found:
            out.print(
                f"{batch.batch_id}  {batch.state}  {_WORDS[batch.operation]}  "
                f"{batch.rows} rows  {batch.created}  {batch.attempts} attempts"
            )
            for line in batch.answer.splitlines():
                out.print(f"    {line}")
        if not found:
            out.print("the outbox is empty")


@outbox_app.command("send")
def send_batches(url: Url = None, key_file: KeyFile = None) -> None:
    """Send what waits."""
    chosen = configuration.load(url=url, key_file=key_file)
    with Outbox(chosen.home) as outbox, chosen.client() as client:
        if not outbox.batches("waiting"):
            out.print("nothing waits")
        finish(send(outbox, client, chosen.patience))


@outbox_app.command("retry")
def retry_batches(
    batch_id: Annotated[
        str | None, typer.Argument(help="One refused batch; all of them when left out.")
    ] = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Send refused batches again."""
    chosen = configuration.load(url=url, key_file=key_file)
    with Outbox(chosen.home) as outbox, chosen.client() as client:
        revived = outbox.revive(batch_id)
        out.print(f"{revived} batches wait again")
        finish(send(outbox, client, chosen.patience))
