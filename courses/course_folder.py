"""Reads a course folder: Markdown files with front matter, one per lesson and language.

The format is described in course-folder.md, beside this file. Nothing here touches the database: media are
kept as paths relative to the folder. Block ids do not depend on the language.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

NAMESPACE = uuid.UUID("5e0c1d52-7d1f-5b0e-9a5e-0c0a0f6a3c11")
HEAD = re.compile(r"\A---\n(.*?)\n---\n?(.*)\Z", re.DOTALL)
CALLOUTS = ("tip", "note", "warning", "example")
markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

type Fields = dict[str, Any]


class FolderError(Exception):
    """A course folder that cannot be read; the text names the file and the remedy."""


@dataclass(frozen=True)
class Block:
    """A block; value as in the file, media as paths."""

    kind: str
    value: Any
    id: str = ""


@dataclass(frozen=True)
class Document:
    """One file of one language."""

    path: Path
    fields: Fields
    blocks: list[Block]


@dataclass(frozen=True)
class LessonFolder:
    stem: str
    files: dict[str, Document]


@dataclass(frozen=True)
class ModuleFolder:
    stem: str
    files: dict[str, Document]
    lessons: list[LessonFolder]


@dataclass(frozen=True)
class CourseFolder:
    """files: by language. Every module and lesson has the same languages."""

    path: Path
    code: str
    files: dict[str, Document]
    modules: list[ModuleFolder] = field(default_factory=list)


def key(code: str, *stems: str) -> uuid.UUID:
    """The translation key of the page that this file becomes."""
    return uuid.uuid5(NAMESPACE, "/".join([code, *stems]))


def read(path: Path) -> CourseFolder:
    """Raises FolderError when something is missing, malformed or differs by language."""
    languages = sorted(one.name.split(".")[1] for one in path.glob("course.*.md"))
    if not languages:
        raise FolderError(f"{path}: there is no course.<language>.md")
    files = {
        language: document(path / f"course.{language}.md", "") for language in languages
    }
    codes = {str(one.fields.get("code") or "") for one in files.values()}
    if len(codes) != 1 or "" in codes:
        raise FolderError(f"{path}: give every course.*.md the same code")
    code = codes.pop()
    modules = [
        _module(folder, code, languages)
        for folder in sorted(path.iterdir())
        if folder.is_dir() and re.match(r"\d+-", folder.name)
    ]
    return CourseFolder(path, code, files, modules)


def _module(folder: Path, code: str, languages: list[str]) -> ModuleFolder:
    stems = sorted({one.name.split(".")[0] for one in folder.glob("[0-9]*.md")})
    files = {one: document(folder / f"module.{one}.md", "") for one in languages}
    lessons = [_lesson(folder, stem, code, languages) for stem in stems]
    return ModuleFolder(folder.name, files, lessons)


def _lesson(folder: Path, stem: str, code: str, languages: list[str]) -> LessonFolder:
    prefix = f"{code}/{folder.name}/{stem}"
    files = {one: document(folder / f"{stem}.{one}.md", prefix) for one in languages}
    shapes = {tuple((b.kind, b.id) for b in one.blocks) for one in files.values()}
    if len(shapes) > 1:
        raise FolderError(
            f"{folder / stem}: the languages differ in the order of their blocks; "
            "give every language the same blocks and block ids"
        )
    return LessonFolder(stem, files)


def document(path: Path, prefix: str) -> Document:
    """One file. prefix: what its block ids are made from."""
    if not path.is_file():
        raise FolderError(f"{path}: the file is missing")
    match = HEAD.match(path.read_text(encoding="utf-8"))
    if not match:
        raise FolderError(f"{path}: start the file with front matter between --- lines")
    fields = _yaml(match.group(1), path)
    if not fields.get("title") or not fields.get("slug"):
        raise FolderError(f"{path}: title and slug are needed")
    found = list(_blocks(match.group(2), path))
    return Document(path, fields, [_named(b, n, prefix) for n, b in enumerate(found)])


def _named(block: Block, place: int, prefix: str) -> Block:
    if block.id:
        return block
    name = f"{prefix}/{place}/{block.kind}"
    return Block(block.kind, block.value, str(uuid.uuid5(NAMESPACE, name)))


def _yaml(text: str, path: Path) -> Fields:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FolderError(f"{path}: {error}") from error
    if not isinstance(found, dict):
        raise FolderError(f"{path}: expected “name: value” lines")
    return found


def _blocks(text: str, path: Path) -> Iterator[Block]:
    for kind, info, body in _segments(text, path):
        if kind == "markdown":
            yield from _markdown_blocks(body)
        elif kind == "callout":
            yield _callout(info, body, path)
        elif info in ("video", "quiz"):
            value = _yaml(body, path)
            yield Block(info, value, str(value.get("id") or ""))
        else:
            yield Block("code", {"language": info or "text", "code": body})


def _segments(text: str, path: Path) -> Iterator[tuple[str, str, str]]:
    """(kind, info, body): markdown, or what stands between ::: or ``` lines."""
    lines = iter(text.splitlines())
    plain: list[str] = []
    for line in lines:
        mark = line[:3]
        if mark not in (":::", "```"):
            plain.append(line)
            continue
        yield "markdown", "", "\n".join(plain)
        plain = []
        kind = "callout" if mark == ":::" else "fence"
        yield kind, line[3:].strip(), _until(mark, lines, path)
    yield "markdown", "", "\n".join(plain)


def _until(mark: str, lines: Iterator[str], path: Path) -> str:
    body: list[str] = []
    for line in lines:
        if line.rstrip() == mark:
            return "\n".join(body)
        body.append(line)
    raise FolderError(f"{path}: a {mark} block is not closed")


def _callout(info: str, body: str, path: Path) -> Block:
    kind, _space, title = info.partition(" ")
    if kind not in CALLOUTS:
        raise FolderError(f"{path}: ::: {kind} is not one of {', '.join(CALLOUTS)}")
    html = markdown.render(body).strip()
    return Block("callout", {"kind": kind, "title": title.strip(), "text": html})


def _markdown_blocks(text: str) -> Iterator[Block]:
    """Headings, lone pictures and tables become blocks; the rest joins into text."""
    waiting: list[Token] = []
    for group in _groups(markdown.parse(text)):
        block = _special(group)
        if block is None:
            waiting += group
            continue
        if waiting:
            yield _text(waiting)
            waiting = []
        yield block
    if waiting:
        yield _text(waiting)


def _groups(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each top-level element."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        group.append(token)
        depth += token.nesting
        if depth == 0:
            yield group
            group = []


def _special(group: list[Token]) -> Block | None:
    opening = group[0]
    if opening.type == "heading_open":
        level = "2" if opening.tag in ("h1", "h2") else "3"
        return Block("heading", {"text": _plain(group[1]), "level": level})
    if opening.type == "table_open":
        return Block("table", {"rows": list(_rows(group))})
    children = group[1].children or [] if opening.type == "paragraph_open" else []
    if [child.type for child in children] == ["image"]:
        image = children[0]
        value = {
            "path": str(image.attrs["src"]),
            "alt": image.content,
            "caption": str(image.attrs.get("title") or ""),
        }
        return Block("image", value)
    return None


def _text(tokens: list[Token]) -> Block:
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Block("text", html.strip())


def _rows(group: list[Token]) -> Iterator[list[str]]:
    row: list[str] = []
    for token in group:
        if token.type == "inline":
            row.append(_plain(token))
        elif token.type == "tr_close":
            yield row
            row = []


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or []).strip()
