"""How far a command is: a bar on a terminal, nothing elsewhere (logs get plain lines)."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


def track[T](rows: Iterable[T], label: str, total: int | None, out: Any) -> Iterator[T]:
    """The rows, with a bar while they are taken, if out writes to a terminal.

    total: None when it is not known. The bar is gone when it is done.
    """
    if not _is_terminal(out):
        yield from rows
        return
    console = Console(file=sys.stderr)
    with Progress(*COLUMNS, console=console, transient=True) as progress:
        yield from progress.track(rows, total=total, description=label)


def _is_terminal(out: Any) -> bool:
    return bool(out.isatty()) and sys.stderr.isatty()
