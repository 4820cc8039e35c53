"""Collect the strings to translate into locale/es and the optional room's own catalogue.

Needs gettext's xgettext and msgmerge (Debian: apt-get install gettext).
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLATFORM_IGNORES = [
    "journal/*",
    "worker_client/*",
    "var/*",
    ".venv/*",
    "bench/*",
    "compose/*",
]


def main() -> None:
    environment = {
        **os.environ,
        "AMI_DEBUG": "on",
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
    }
    ignores = [part for name in PLATFORM_IGNORES for part in ("--ignore", name)]
    command = [
        "makemessages", "--locale", "es", "--no-location", "--no-wrap",
        "--extension", "html,txt,py", "--no-obsolete",
    ]  # fmt: skip
    _run([*command, *ignores], ROOT, environment)
    for room in ROOT.glob("*/locale"):
        _run(command, room.parent, environment)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        check=True, cwd=folder, env=environment,
    )  # fmt: skip


if __name__ == "__main__":
    main()
