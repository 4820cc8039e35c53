"""Starts what is measured: databases, Redis, the product and the references.

Everything lives under var/bench, listens on loopback and ends with the run. Servers stay
on core 0, the load generator on the next one; with one core both share it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import measure, production
from compose.local import catalogues, nginx, servers, template_database
from compose.local.school import ROOT, digest, files, wait_for

VAR = ROOT / "var" / "bench"
HOST = production.HOST
# what nginx tells the application in production
PROXY_HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https"}
SERVER_CORE = 0
DEMO = ("*/demo/**/*", "site/*/demo*/**/*", "**/demo.py", "bench/content.py",
        "bench/product_facts.py", "site/*/wagtail_hooks.py", "courses/wagtail_hooks.py")  # fmt: skip
STATIC = ("requirements.txt", "site/*/static/**/*", "*/static/**/*")
# as the reference figures were taken: docs/bench.md
POSTGRES_SETTINGS = {
    "autovacuum": "off", "work_mem": "64MB", "max_wal_size": "4GB",
    "min_wal_size": "1GB", "random_page_cost": "1.1", "checkpoint_timeout": "30min",
}  # fmt: skip

Say = Callable[[str], None]
Statement = tuple[str, float, str]


@dataclass
class Server:
    """A running program and the process trees whose CPU time it costs."""

    port: int
    root: int
    cpu_roots: tuple[int, ...]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Places:
    """The servers of one run; use as a context manager, it stops what it started."""

    say: Say
    load_core: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    product_facts: dict[str, str] = field(default_factory=dict)
    reference_facts: dict[str, str] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _servers: dict[str, Server] = field(default_factory=dict)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> "Places":
        signal.signal(signal.SIGTERM, _leave)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        VAR.mkdir(parents=True, exist_ok=True)
        (VAR / "log").mkdir(exist_ok=True)
        lock = self._stack.enter_context((VAR / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("another make bench is running here") from None
        self.load_core = 1 if (os.cpu_count() or 1) > 1 else 0
        self.say("starting PostgreSQL and Redis …")
        self.postgres = servers.postgres(VAR / "postgres")
        self._stack.callback(self.postgres.stop)
        self._tune()
        self.valkey = servers.valkey(VAR / "valkey")
        self._stack.callback(self.valkey.stop)
        self._stack.callback(self._stop_processes)
        # building may use every core; measuring starts after it
        self._prepare_product()
        self._prepare_reference()
        self.postgres_pid = int(
            (self.postgres.data / "postmaster.pid").read_text().splitlines()[0]
        )
        measure.pin(os.getpid(), self.load_core)
        measure.pin(self.postgres_pid, SERVER_CORE)
        measure.pin(self.valkey.process.pid, SERVER_CORE)
        self._warm_wal()

    def _tune(self) -> None:
        with self.maintenance("postgres") as connection:
            for name, value in POSTGRES_SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            connection.execute("SELECT pg_reload_conf()")

    def _warm_wal(self) -> None:
        """Create WAL segments now: on a new cluster the first COPY would pay for them."""
        with self.maintenance("postgres") as connection:
            connection.execute("DROP TABLE IF EXISTS warm")
            connection.execute(
                "CREATE TABLE warm AS SELECT repeat(md5(n::text), 30) AS text"
                " FROM generate_series(1, 120000) AS n"
            )
            connection.execute("DROP TABLE warm")
            connection.execute("CHECKPOINT")

    def maintenance(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def _prepare_product(self) -> None:
        catalogues.compile_changed()
        self.environment = {
            **os.environ,
            **production.environment(VAR),
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "bench.product_settings",
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        }
        template = template_database.template(self.postgres)
        mark = hashlib.sha256(f"{template} {digest(files(*DEMO))}".encode()).hexdigest()
        name = f"bench_product_{mark[:12]}"
        self.environment["DATABASE_URL"] = self.postgres.url(name)
        if not self._has(name):
            self.say("loading the demo school …")
            self._build(name, template, self._load_product)
        self._collect_static()
        self.product_facts = self.program("bench.product_facts")
        self.product_database = name

    def _collect_static(self) -> None:
        """The hashed files of production, again only when their sources changed."""
        stamp, sources = VAR / "static.stamp", files(*STATIC)
        mark = digest(sources)
        if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
            return
        self.say("collecting static files …")
        self._manage("collectstatic", "--noinput", "--clear", "--verbosity", "0")
        stamp.write_text(mark, encoding="utf-8")

    def _load_product(self) -> None:
        self._manage("setup_groups", missing_is_fine=True)
        self._manage("load_demo")
        self.program("bench.product_facts", "--build")

    def _prepare_reference(self) -> None:
        self.reference_environment = {
            **os.environ,
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "bench.reference.settings",
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        }
        sources = files(
            "bench/reference/**/*.py", "bench/content.py", "requirements.txt"
        )
        name = f"bench_reference_{digest(sources)[:12]}"
        self.reference_environment["DATABASE_URL"] = self.postgres.url(name)
        self.reference_database = name
        if not self._has(name):
            self.say("building the references …")
            self._build(name, "template0", self._load_reference)
        self.reference_facts = self.program(
            "bench.reference.content", environment=self.reference_environment
        )

    def _load_reference(self) -> None:
        self.program(
            "bench.reference.content", "--build", environment=self.reference_environment
        )

    def _has(self, name: str) -> bool:
        with self.maintenance("postgres") as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            )
            return found.fetchone() is not None

    def _build(self, name: str, template: str, fill: Callable[[], None]) -> None:
        """Make and fill a database; a failure leaves none. Older ones of its kind go."""
        kind = name.rpartition("_")[0]
        with self.maintenance("postgres") as connection:
            old = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{kind}_%"]
            ).fetchall()
            for (other,) in old:
                connection.execute(f'DROP DATABASE "{other}" WITH (FORCE)'.encode())
        servers.create_database(self.postgres, name, template)
        try:
            fill()
        except BaseException:
            with self.maintenance("postgres") as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
            raise
        with self.maintenance(name) as connection:
            connection.execute("VACUUM ANALYZE")

    def _manage(self, *arguments: str, missing_is_fine: bool = False) -> None:
        done = self._run(["manage.py", *arguments], self.environment)
        if done.returncode and not (
            missing_is_fine and "Unknown command" in done.stderr
        ):
            raise SystemExit(f"manage.py {arguments[0]} failed:\n{done.stderr[-3000:]}")

    def program(
        self, module: str, *arguments: str, environment: dict[str, str] | None = None
    ) -> dict[str, str]:
        """The JSON object that a program of the bench prints last."""
        done = self._run(["-m", module, *arguments], environment or self.environment)
        if done.returncode:
            raise SystemExit(f"{module} failed:\n{done.stderr[-3000:]}")
        found: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def _run(
        self, arguments: list[str], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], check=False, cwd=ROOT, env=environment,
            text=True, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    # -- servers -------------------------------------------------------------------
    def product(self, *, page_cache: bool = True) -> Server:
        """The product under its own gunicorn configuration, one worker."""
        name = "product" if page_cache else "product-without-page-cache"
        environment = self.environment | {
            "AMI_BENCH_PAGE_CACHE": "on" if page_cache else "off",
            "AMI_BENCH_STATEMENTS": str(VAR / "statements.json"),
        }
        return self.gunicorn(name, [], environment, "/healthz/live")

    def reference(self) -> Server:
        environment = self.reference_environment | {
            "AMI_BENCH_STATEMENTS": str(VAR / "statements.json")
        }
        return self.gunicorn(
            "reference", ["bench.reference.wsgi:application"], environment, "/bare/"
        )

    def gunicorn(
        self, name: str, application: list[str], environment: dict[str, str], alive: str
    ) -> Server:
        if name in self._servers:
            return self._servers[name]
        port = servers.free_port()
        command = [
            str(Path(sys.executable).parent / "gunicorn"),
            "--config", "compose/gunicorn.conf.py", "--max-requests", "0", "--no-control-socket", *application,
        ]  # fmt: skip
        process = self._spawn(
            name, command,
            environment | {"AMI_BIND": f"127.0.0.1:{port}", "AMI_WEB_WORKERS": "1"},
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{port}{alive}", seconds=60)
        roots = (process.pid, self.postgres_pid, self.valkey.process.pid)
        self._servers[name] = Server(port, process.pid, roots)
        return self._servers[name]

    def nginx(self) -> Server:
        """The product's nginx, from the template of compose/, in front of product()."""
        app = self.product()
        values = {
            "AMI_APP": f"127.0.0.1:{app.port}", "AMI_HOST": HOST,
            "AMI_STATIC": self.environment["AMI_STATIC_ROOT"],
            "AMI_MEDIA": self.environment["AMI_MEDIA_ROOT"],
        }  # fmt: skip
        return self._nginx("nginx-product", ROOT / "compose", values)

    def nginx_hit(self, size: int) -> Server:
        """`nginx_hit`: proxy_cache in front of a page of so many bytes."""
        upstream = f"127.0.0.1:{self.reference().port}/sized/{size}/"
        folder = ROOT / "bench" / "reference"
        return self._nginx("nginx-hit", folder, {"AMI_APP": upstream})

    def _nginx(self, name: str, templates: Path, values: dict[str, str]) -> Server:
        if name in self._servers:
            return self._servers[name]
        run = VAR / name
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        port = servers.free_port()
        command = nginx.command(templates / "nginx.conf.template", run, port, values)
        process = self._spawn(name, command, dict(os.environ))
        wait_for(f"http://127.0.0.1:{port}/", seconds=15)
        self._servers[name] = Server(port, process.pid, (process.pid,))
        return self._servers[name]

    def _spawn(
        self, name: str, command: list[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (VAR / "log" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=_on_server_core,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def _stop_processes(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    # -- single requests -----------------------------------------------------------
    def fetch(
        self, server: Server, path: str, headers: dict[str, str]
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers (names in lower case) of one GET; anything but 200 raises."""
        request = urllib.request.Request(server.url + path, headers=headers)  # noqa: S310
        opener = urllib.request.build_opener(_NoRedirect())
        with opener.open(request, timeout=30) as answer:
            named = {name.lower(): value for name, value in answer.headers.items()}
            return answer.read(), named

    def statements(
        self, server: Server, path: str, headers: dict[str, str]
    ) -> tuple[int, list[Statement]]:
        """How many SQL statements one GET sends, and each with its ms and who asked."""
        _, answered = self.fetch(server, path, headers | {"X-Bench-Count": "list"})
        listed = json.loads((VAR / "statements.json").read_text(encoding="utf-8"))
        return int(answered["x-bench-statements"]), [tuple(entry) for entry in listed]

    def posted(
        self, server: Server, path: str, headers: dict[str, str], body: str
    ) -> int:
        """How many SQL statements one POST of a form sends; anything but 200 raises."""
        request = urllib.request.Request(  # noqa: S310
            server.url + path, body.encode(), headers | {"X-Bench-Count": "1"}
        )
        opener = urllib.request.build_opener(_NoRedirect())
        with opener.open(request, timeout=30) as answer:
            return int(answer.headers["X-Bench-Statements"])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _on_server_core() -> None:
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {SERVER_CORE})


def _leave(number: int, frame: object) -> None:
    raise SystemExit(1)


@contextlib.contextmanager
def started(say: Say) -> Iterator[Places]:
    with Places(say) as places:
        yield places
