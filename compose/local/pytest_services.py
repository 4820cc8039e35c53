"""The servers a test run needs, before Django reads its settings.

Named by the environment (AMI_TEST_DATABASE_URL, AMI_TEST_REDIS_URL) or started here from
the wheels. Several runs at once share one PostgreSQL; the last one out stops it. A missing
browser or library ends the run with the exact line that installs it: never a skip.
"""

import atexit
import ctypes.util
import fcntl
import os
import shutil
import sys
from pathlib import Path

from compose.local import catalogues, nginx, servers, template_database

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def _require_programs() -> None:
    missing = []
    if not os.environ.get("CHROMIUM"):
        found = next(filter(None, map(shutil.which, CHROMIUM)), None)
        if found:
            os.environ["CHROMIUM"] = found
        else:
            missing.append("chromium")
    if not ctypes.util.find_library("pango-1.0"):
        missing += ["libpango-1.0-0", "libpangoft2-1.0-0"]
    if not Path(nginx.PROGRAM).exists():
        missing.append("nginx-light")
    if missing:
        print(
            "The tests need programs that are not here. On Debian or Ubuntu, as root:\n"
            f"  apt-get update && apt-get install -y {' '.join(missing)}",
            file=sys.stderr,
        )
        raise SystemExit(2)


def _join(folder: Path) -> servers.Postgres:
    """Start or join the shared cluster; its last user stops it.

    Two locks: `starting` is held while the cluster starts, stops or gets its template,
    `users` is shared by every run that uses it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starting, users = (folder / "starting").open("w"), (folder / "users").open("w")
    fcntl.flock(starting, fcntl.LOCK_EX)
    fcntl.flock(users, fcntl.LOCK_SH)
    cluster = servers.postgres(folder, durable=False)
    os.environ["AMI_TEST_TEMPLATE"] = template_database.template(cluster)
    fcntl.flock(starting, fcntl.LOCK_UN)

    def leave() -> None:
        fcntl.flock(starting, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        cluster.stop()

    atexit.register(leave)
    return cluster


def prepare() -> None:
    """Put the test servers' addresses into the environment that settings read."""
    _require_programs()
    catalogues.compile_changed()
    os.environ["AMI_DEBUG"] = "off"
    os.environ.setdefault("AMI_SECRET_KEY", "only-for-tests")
    os.environ["AMI_ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
    os.environ["AMI_TEST_DATABASE"] = f"test_ami_{os.getpid()}"
    os.environ["AMI_VAR_DIR"] = str(ROOT / "var" / "test")
    (ROOT / "var" / "test" / "static").mkdir(parents=True, exist_ok=True)
    for name in [key for key in os.environ if key.startswith("STRIPE_")]:
        del os.environ[name]
    named = os.environ.get("AMI_TEST_DATABASE_URL")
    if named:
        os.environ["DATABASE_URL"] = named
    else:
        cluster = _join(ROOT / "var" / "test-postgres")
        os.environ["DATABASE_URL"] = cluster.url("postgres")
    if os.environ.get("AMI_TEST_REDIS_URL"):
        os.environ["REDIS_URL"] = os.environ["AMI_TEST_REDIS_URL"]
    else:
        redis = servers.valkey(ROOT / "var" / "test")
        atexit.register(redis.stop)
        os.environ["REDIS_URL"] = redis.url


if "PYTEST_XDIST_WORKER" not in os.environ:
    prepare()
