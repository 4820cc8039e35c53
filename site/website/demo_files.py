"""Reads the demo content in demo_content/: YAML, and Markdown with YAML front matter."""

import uuid
from html import escape
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

FOLDER = Path(__file__).resolve().parent / "demo_content"
NAMESPACE = uuid.UUID("5f0d7c52-7c1b-4f4e-9a35-6f1d3a0f2b11")  # of the demo's own ids

type Block = dict[str, Any]


def key(name: str) -> uuid.UUID:
    """The stable id of a piece of the demo, equal in both languages."""
    return uuid.uuid5(NAMESPACE, name)


def read_yaml(name: str, language: str) -> dict[str, Any]:
    text = (FOLDER / f"{name}.{language}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def read_markdown(name: str, language: str) -> tuple[dict[str, Any], str]:
    """Front matter and the body as the HTML a rich text holds."""
    text = (FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8")
    _start, matter, body = text.split("---\n", 2)
    return yaml.safe_load(matter), MarkdownIt().render(body)


def names(folder: str) -> list[str]:
    """What a sub-folder holds, without language and ending: blog/losing-week …"""
    stems = {path.name.split(".")[0] for path in (FOLDER / folder).glob("*.md")}
    return [f"{folder}/{stem}" for stem in sorted(stems)]


def block(kind: str, value: Any, name: str) -> Block:
    """One block of a stream, with an id that stays the same."""
    return {"type": kind, "value": value, "id": str(key(f"block:{name}"))}


def listed(values: list[Any], name: str) -> list[Block]:
    """The items of a list block."""
    return [
        block("item", value, f"{name}/{place}") for place, value in enumerate(values)
    ]


def paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"
