"""The real migrations, from an empty database: the one test that pays for them."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest
from django.conf import settings


@pytest.mark.from_zero
@pytest.mark.timeout(600)
def test_an_empty_database_migrates_and_no_migration_is_missing() -> None:
    name = f"ami_zero_{uuid.uuid4().hex[:8]}"
    root = Path(settings.BASE_DIR)
    base = settings.DATABASE_URL.rpartition("/")[0]
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            environment = {
                **os.environ,
                "DATABASE_URL": f"{base}/{name}",
                "AMI_DEBUG": "on",
                "DJANGO_SETTINGS_MODULE": "config.settings",
            }
            for command in (
                ["migrate", "-v", "0"],
                ["makemigrations", "--check", "--dry-run"],
            ):
                done = subprocess.run(  # noqa: S603
                    [sys.executable, "-W", "ignore", "manage.py", *command],
                    cwd=root, env=environment, check=False, capture_output=True, text=True,
                )  # fmt: skip
                assert done.returncode == 0, done.stdout + done.stderr
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
