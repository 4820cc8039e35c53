"""Rules of the house that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from accounts import hooks

ROOT = Path(settings.BASE_DIR)
SETTINGS = (ROOT / "site/config/settings.py").read_text(encoding="utf-8")
SKIPPED = {".venv", "var", "migrations", "__pycache__", ".git"}


def modules() -> list[Path]:
    return [
        path for path in ROOT.glob("**/*.py")
        if not SKIPPED & set(path.relative_to(ROOT).parts)
    ]  # fmt: skip


def test_site_is_a_folder_of_packages_and_never_a_package() -> None:
    assert not (ROOT / "site" / "__init__.py").exists()


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
    described = set(
        re.findall(
            r"`([A-Z_]{4,})`", (ROOT / "docs/settings.md").read_text(encoding="utf-8")
        )
    )
    assert read - described == set()
    assert len(read) > 20


def test_the_example_environment_names_only_known_variables() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    known = set(re.findall(r"\"([A-Z_]+)\"", SETTINGS))
    compose = (ROOT / "compose/docker-compose.prod.yml").read_text(encoding="utf-8")
    assert {
        name for name in named if name not in known and name not in compose
    } == set()


def test_every_hook_is_documented() -> None:
    text = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    names = [value for name, value in vars(hooks).items() if name.startswith("HOOK_")]
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_platform_names_the_optional_room_in_two_places_only() -> None:
    names_it = re.compile(r"(from|import) journal\b|\"journal[\".]")
    folders = [*(ROOT / "site").glob("*"), ROOT / "courses", ROOT / "billing"]
    naming = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.glob("**/*.py")
        if "tests" not in path.parts
        and not SKIPPED & set(path.relative_to(ROOT).parts)
        and names_it.search(path.read_text(encoding="utf-8"))
    }
    assert naming == {"site/config/settings.py", "site/config/urls.py"}


@pytest.mark.parametrize("forbidden", ["pandas", "ccxt", "weasyprint"])
def test_the_web_process_starts_without(forbidden: str) -> None:
    code = (
        "import django; django.setup(); import config.urls, sys;"
        f"sys.exit('{forbidden}' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_is_explained(name: str) -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    wanted = re.findall(
        r"^([a-z0-9-]+(?:\[\w+\])?)==",
        (ROOT / name).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert wanted
    assert [package for package in wanted if package not in text] == []


def test_every_feature_names_a_test_that_exists() -> None:
    rows = re.findall(
        r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs/features.md").read_text("utf-8")
    )
    missing = [
        f"{path}::{name}"
        for path, name in rows
        if f"def {name}(" not in (ROOT / path).read_text("utf-8")
    ]
    assert len(rows) > 80
    assert missing == []
