"""A whole demo school for the browser: real processes, a database cloned from the template."""

import email
import email.policy
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from compose.local import servers
from compose.local.school import School

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def free_port(offset: int) -> int:
    """A free port from this process's own range: several start a school at one moment."""
    return servers.free_port(18000 + 50 * (os.getpid() % 240) + offset)


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    name = f"ami_school_{uuid.uuid4().hex[:8]}"
    template = os.environ["AMI_TEST_TEMPLATE"]
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        valkey = servers.valkey(tmp_path_factory.mktemp("valkey"))
        school = School(
            tmp_path_factory.mktemp("school"),
            free_port(0),
            print,
            given={
                "DATABASE_URL": settings.DATABASE_URL.rpartition("/")[0] + f"/{name}",
                "REDIS_URL": valkey.url,
            },
        )
        try:
            school.start()
            school.prepare()
            school.serve()
            school.after_start()
            yield school
        finally:
            school.stop()
            valkey.stop()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def in_shell(school: School, code: str) -> str:
    """What the code writes when it runs inside the school."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "manage.py", "shell", "-v", "0", "-c", code],
        cwd=settings.BASE_DIR, env=school.environment, capture_output=True, check=True,
        text=True,
    ).stdout  # fmt: skip


@pytest.fixture(scope="session")
def places(school: School) -> dict[str, dict[str, str]]:
    """The students of config.tests.students are there: addresses by language and name."""
    told = in_shell(school, "from config.tests.students import load; load()")
    found: dict[str, dict[str, str]] = json.loads(told.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: while it runs, Django refuses database work in this process."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """One person's browser window at the school."""

    school: School
    context: BrowserContext
    page: Page

    def go(self, path: str) -> Page:
        self.page.goto(self.school.url + path)
        return self.page

    def sign_in(self, email: str, password: str = "ami-demo-2026") -> None:
        page = self.go("/en/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/dashboard/")

    def mails(self) -> list[EmailMessage]:
        """Every mail the school sent so far, the newest last."""
        folder = Path(self.school.var) / "mail"
        paths = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime)
        return [
            email.message_from_bytes(source.strip(), policy=email.policy.default)
            for path in paths
            for source in path.read_bytes().split(b"-" * 79)
            if source.strip()
        ]


@pytest.fixture
def visitor(school: School, browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(15_000)
    yield Visitor(school, context, context.new_page())
    context.close()
