"""Prove that an optional room can be deleted: the platform's checks in a copy without it.

Usage: python -m compose.local.without_room NAME
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEAVE_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis"
)
# what touches an optional room: every page and command, the seams, a life of payments
PLACES = ("site", "billing/tests/test_thread.py", "courses/tests/test_views.py")


def main(room: str) -> int:
    with tempfile.TemporaryDirectory(prefix="ami-without-") as folder:
        copy = Path(folder) / "ami"
        shutil.copytree(ROOT, copy, ignore=LEAVE_OUT, symlinks=True)
        copy.chmod(0o755)
        Path(folder).chmod(0o755)
        shutil.rmtree(copy / room)
        # the third parties' migrated database is the same: share the test servers
        (copy / "var").mkdir(mode=0o755)
        shared = ROOT / "var" / "test-postgres"
        shared.mkdir(parents=True, exist_ok=True)
        (copy / "var" / "test-postgres").symlink_to(shared)
        environment = {
            **os.environ,
            "PYTHONPATH": f"{copy / 'site'}:{copy}",
            "AMI_DEBUG": "on",
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        for step in (
            ["-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
            ["manage.py", "check"],
            ["-m", "pytest", "-n", os.environ.get("AMI_TEST_PROCESSES", "3"),
             "--dist", "loadfile",
             *PLACES, "-m", "not browser and not from_zero and not thorough", *sys.argv[2:]],
        ):  # fmt: skip
            print(f"without {room}: python {' '.join(step)}", flush=True)
            done = subprocess.run(
                [sys.executable, *step], cwd=copy, env=environment, check=False
            )
            if done.returncode:
                return done.returncode
    print(f"the platform stands without {room}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
