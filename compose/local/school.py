"""A whole school on this computer: database, queue, stand-in Stripe, tasks and site.

`make run` starts one under var/; the browser tests start one in a temporary folder.
"""

import contextlib
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from compose.local import catalogues, servers

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "ami"
# Keys of the stand-in for Stripe: they open nothing anywhere.
FAKE_KEY = "sk_test_" + "FakeStripeForTheDemo0000"
FAKE_PUBLISHABLE = "pk_test_" + "FakeStripeForTheDemo0000"

# Ours only: those of third parties change with requirements.txt.
MIGRATIONS = ("*/migrations/0*.py", "site/*/migrations/0*.py")
THIRD_PARTY_MIGRATIONS = 237  # with the pinned versions

Say = Callable[[str], None]


def digest(paths: Iterable[Path]) -> str:
    """A short name for the content of these files."""
    total = hashlib.sha256()
    for path in sorted(set(paths)):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def files(*patterns: str) -> list[Path]:
    return [
        path
        for pattern in patterns
        for path in ROOT.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    ]


@dataclass
class School:
    """Start with start(), then prepare() and serve(); stop() ends what was started."""

    var: Path
    port: int
    say: Say
    reload: bool = False
    # given variables win: DATABASE_URL and REDIS_URL here mean "use those servers"
    given: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    postgres: servers.Postgres | None = None
    valkey: servers.Valkey | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start the servers; the environment of every program is complete after it."""
        self.var.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "AMI_DEBUG": "on",
            "AMI_VAR_DIR": str(self.var),
            "AMI_BASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            "PYTHONUNBUFFERED": "1",
            **self.given,
        }
        if not environment.get("DATABASE_URL"):
            self.postgres = servers.postgres(self.var / "postgres")
            servers.create_database(self.postgres, DATABASE)
            environment["DATABASE_URL"] = self.postgres.url(DATABASE)
        if not environment.get("REDIS_URL"):
            self.valkey = servers.valkey(self.var / "valkey")
            environment["REDIS_URL"] = self.valkey.url
        self.environment = environment
        if not environment.get("STRIPE_SECRET_KEY"):
            self._start_fake_stripe()

    def _start_fake_stripe(self) -> None:
        port = servers.free_port(self.port + 420)
        secret_file = self.var / "webhook-secret"
        if not secret_file.exists():
            secret_file.write_text("whsec_" + secrets.token_hex(24), encoding="utf-8")
            secret_file.chmod(0o600)
        secret = secret_file.read_text(encoding="utf-8").strip()
        self.environment |= {
            "STRIPE_SECRET_KEY": FAKE_KEY,
            "STRIPE_PUBLISHABLE_KEY": FAKE_PUBLISHABLE,
            "STRIPE_WEBHOOK_SECRET": secret,
            "STRIPE_API_HOST": f"http://127.0.0.1:{port}",
            "STRIPE_CHECKOUT_ORIGINS": f"http://localhost:{port}",
        }
        self._spawn(
            "fake-stripe",
            [
                "-m", "billing.fakestripe", "--port", str(port),
                "--webhook-url", f"http://127.0.0.1:{self.port}/billing/webhook/",
                "--webhook-secret", secret, "--state", str(self.var / "fakestripe.json"),
                "--public-url", f"http://localhost:{port}", "--seed",
            ],
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{port}/", seconds=15, unless=self.dead)

    def prepare(self) -> None:
        """Migrate and load the demo school, each only when its files changed."""
        catalogues.compile_changed()
        migrations = files(*MIGRATIONS, "requirements.txt")
        if not self._stamped("migrated", migrations):
            self.say("migrating the database (a minute or two the first time) …")
            self._migrate()
            self._stamp("migrated", migrations)
        demo = self._demo_files()
        if not self._stamped("demo", demo):
            self.say("loading the demo school …")
            self.manage("load_demo")
            self._stamp("demo", demo)

    def _demo_files(self) -> list[Path]:
        return files(
            "*/demo/**/*", "site/website/demo_content/**/*", "*/demo.py", "site/*/demo.py",
            "billing/fakestripe/seed.py", "worker_client/demo/*.csv",
        )  # fmt: skip

    def serve(self, *, beat: bool = True) -> None:
        """Start the task runner and the site; returns when the site answers."""
        celery = ["-m", "celery", "-A", "config", "worker", "--pool", "threads",
                  "--concurrency", "2", "--loglevel", "WARNING"]  # fmt: skip
        self._spawn("tasks", [*celery, "-B"] if beat else celery)
        site = ["manage.py", "runserver", f"127.0.0.1:{self.port}", "--skip-checks"]
        self._spawn("site", site if self.reload else [*site, "--noreload"])
        wait_for(f"{self.url}/healthz/live", seconds=60, unless=self.dead)

    def after_start(self) -> None:
        """What the demo needs a running site for, once per content."""
        demo = self._demo_files()
        if not self._stamped("demo-after-start", demo):
            self.manage("load_demo", "--running-at", self.url)
            self._stamp("demo-after-start", demo)

    def stop(self) -> None:
        """End the programs this school started, the last one first."""
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        self.processes.clear()
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()

    def manage(self, *arguments: str) -> None:
        """Run a management command; its output goes to the terminal."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            check=True, cwd=ROOT, env=self.environment,
        )  # fmt: skip

    def dead(self) -> str | None:
        """The name of a program that ended by itself, or None."""
        for process in self.processes:
            if process.poll() is not None:
                return str(process.args[1:3])  # type: ignore[index]
        return None

    def _spawn(self, name: str, arguments: list[str]) -> None:
        logs = self.var / "log"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, *arguments],
                    cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                )
            )  # fmt: skip

    def _migrate(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--no-color"],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert process.stdout is not None  # noqa: S101  PIPE was asked for
        tail = self._count_migrations(process.stdout)
        if process.wait() != 0:
            raise SystemExit("migrate failed:\n" + "".join(tail[-30:]))

    def _count_migrations(self, output: IO[str]) -> list[str]:
        total = len(files(*MIGRATIONS)) + THIRD_PARTY_MIGRATIONS
        done, tail = 0, []
        terminal = sys.stdout.isatty()
        for line in output:
            tail.append(line)
            if line.strip().startswith("Applying"):
                done += 1
                if terminal:
                    print(f"\r  migration {done} of about {total}", end="", flush=True)
                elif done % 100 == 0:
                    self.say(f"migration {done} of about {total}")
        if terminal and done:
            print()
        return tail

    def _stamped(self, name: str, paths: list[Path]) -> bool:
        stamp = self.var / f"{name}.stamp"
        return stamp.exists() and stamp.read_text(encoding="utf-8") == self._mark(paths)

    def _stamp(self, name: str, paths: list[Path]) -> None:
        (self.var / f"{name}.stamp").write_text(self._mark(paths), encoding="utf-8")

    def _mark(self, paths: list[Path]) -> str:
        """What was done, and to which database."""
        where = self.environment.get("DATABASE_URL", "") if not self.postgres else "own"
        return f"{digest(paths)} {hashlib.sha256(where.encode()).hexdigest()[:12]}"


def wait_for(
    url: str, *, seconds: float, unless: Callable[[], str | None] = lambda: None
) -> None:
    """Return when url answers anything; SystemExit when it does not in time.

    unless: names what ended; then an answer would be somebody else's.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answered = _answers(url)
        ended = unless()
        if ended:
            raise SystemExit(f"{ended} ended by itself: see the logs")
        if answered:
            return
        time.sleep(0.1)
    raise SystemExit(f"no answer from {url} within {seconds:.0f} s: see the logs")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  loopback
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
