"""Compile the translation catalogues that changed (no gettext tools needed)."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("locale", "*/locale", "site/*/locale")


def compile_changed() -> int:
    """Write each .mo that is missing or older than its .po; returns how many."""
    count = 0
    for folder in FOLDERS:
        for source in ROOT.glob(f"{folder}/**/LC_MESSAGES/*.po"):
            if ".venv" in source.parts or "var" in source.parts:
                continue
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            locale = source.parent.parent.name
            with source.open("rb") as readable, target.open("wb") as writable:
                write_mo(writable, read_po(readable, locale=locale))
            count += 1
    return count


if __name__ == "__main__":
    print(f"catalogues compiled: {compile_changed()}")
