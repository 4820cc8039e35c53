"""The migrated databases that tests clone, built once and named by what they hold.

ami_base_<hash>: third-party migrations and accounts (dj-stripe's alone cost a minute of
CPU). ami_tpl_<hash>: that one plus our own. A test database is a clone: about 1 s.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from compose.local.servers import Postgres, create_database

ROOT = Path(__file__).resolve().parent.parent.parent
MIGRATE_BASE = """
import django; django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
ours = {"billing", "courses", "website", "worker_api", "outbox", "audit", "journal", "config"}
executor = MigrationExecutor(connection)
leaves = executor.loader.graph.leaf_nodes()
executor.migrate([node for node in leaves if node[0] not in ours])
"""


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _migrations(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in ROOT.glob(f"{room}/migrations/*.py")]


def template(server: Postgres) -> str:
    """Name of an up-to-date template database in server; builds it when missing."""
    base_files = [ROOT / "requirements.txt", *_migrations("site/accounts")]
    all_files = base_files + _migrations(
        *(f"site/{room}" for room in ("website", "worker_api", "outbox", "audit")),
        "courses", "billing", "journal",
    )  # fmt: skip
    base, name = f"ami_base_{_digest(base_files)}", f"ami_tpl_{_digest(all_files)}"
    _build(server, base, "template0", ["-c", MIGRATE_BASE])
    _build(server, name, base, ["manage.py", "migrate", "--verbosity", "0"])
    return name


def _exists(server: Postgres, name: str) -> bool:
    with psycopg.connect(server.url("postgres")) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        )
        return found.fetchone() is not None


def _build(server: Postgres, name: str, source: str, arguments: list[str]) -> None:
    """Build under a working name and rename, so that a broken build is never used."""
    if _exists(server, name):
        return
    working = f"{name}_{os.getpid()}"
    print(f"building database {name} (once) …", file=sys.stderr, flush=True)
    create_database(server, working, source)
    environment = {
        **os.environ,
        "DATABASE_URL": server.url(working),
        "AMI_DEBUG": "on",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
    }
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, env=environment)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{working}" RENAME TO "{name}"'.encode())
