"""Which process runs which tests, and in what order, when they run in parallel.

A file stays in one process. All files that drive the browser stay in one, because each process
would start a demo school of its own (about 40 s) and browsers wait more than they compute. Long
files begin first: one that begins last keeps the run waiting beside idle processes.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent.parent
LONG = ("browser", "thorough", "from_zero")  # markers, in the order in which they begin


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    items[:] = [item for its in sorted(files.values(), key=_place) for item in its]


def _place(its: list[pytest.Item]) -> int:
    return min(
        (
            place
            for place, name in enumerate(LONG)
            if any(item.get_closest_marker(name) for item in its)
        ),
        default=len(LONG),
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Any
) -> "FilesTogether | None":
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return FilesTogether(config, log)


class FilesTogether(LoadScopeScheduling):
    """xdist's loadfile, with all files of the browser as one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if _drives_browser(file) else file


@cache
def _drives_browser(file: str) -> bool:
    """Read from its text: the process that deals tests out has no test objects."""
    return "pytest.mark.browser" in (ROOT / file).read_text()
