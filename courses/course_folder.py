"""Reads a course folder: Markdown files with front matter, one per lesson and language.

The format is described in course-folder.md, beside this file. Nothing here touches the database: media are
kept as paths relative to the folder. Block ids do not depend on the language.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from markdown_it.token import Token

from courses.blocks import DescriptionBlock, LessonBlock
from courses.markdown_text import markdown

NAMESPACE = uuid.UUID("5e0c1d52-7d1f-5b0e-9a5e-0c0a0f6a3c11")
HEAD = re.compile(r"\A---\n(.*?)\n---\n?(.*)\Z", re.DOTALL)
NAMED = re.compile(r"\{#([\w:.-]{1,64})\}\s*")
# fences that hold a block as YAML; every other word after ``` is a code language
WRITTEN = (LessonBlock.base_blocks.keys() | DescriptionBlock.base_blocks) - {"text"}
CALLOUTS = ("tip", "note", "warning", "example")

type Fields = dict[str, Any]


class FolderError(Exception):
    """A course folder that cannot be read; the text names the file and the remedy."""


@dataclass(frozen=True)
class Block:
    """A block; value as in the file, media as paths. line: where it starts in the file.

    written: value is in the form of courses.block_values, not that of its Markdown.
    named: the file gives the id.
    """

    kind: str
    value: Any
    id: str = ""
    line: int = 0
    written: bool = False
    named: bool = False


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
    try:
        return _read(path.resolve())
    except FolderError as error:
        inside = str(error).replace(f"{path.resolve()}/", "")
        raise FolderError(inside) from error


def _read(path: Path) -> CourseFolder:
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
    named = all(block.named for one in files.values() for block in one.blocks)
    if len(shapes) > 1 and not named:
        raise FolderError(
            f"{folder / stem}: the languages differ in the order of their blocks; "
            "give every language the same blocks and block ids"
        )
    return LessonFolder(stem, files)


def document(path: Path, prefix: str) -> Document:
    """One file. prefix: what its block ids are made from."""
    if not path.is_file():
        raise FolderError(f"{path}: the file is missing")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FolderError(f"{path}: save the file as UTF-8") from error
    match = HEAD.match(text.replace("\r\n", "\n"))
    if not match:
        raise problem(path, 1, "start the file with front matter between --- lines")
    fields = _yaml(match.group(1), path, 2)
    if not fields.get("title") or not fields.get("slug"):
        raise problem(path, 1, "title and slug are needed")
    first = match.group(1).count("\n") + 4
    found = list(_blocks(match.group(2), path, first))
    return Document(path, fields, [_named(b, n, prefix) for n, b in enumerate(found)])


def problem(path: Path, line: int, text: str) -> FolderError:
    return FolderError(f"{path}:{line}: {text}")


def _named(block: Block, place: int, prefix: str) -> Block:
    if block.id:
        return replace(block, named=True)
    return replace(block, id=derived_id(prefix, place, block.kind))


def derived_id(prefix: str, place: int, kind: str) -> str:
    """The id of a block that the file does not name. place: counted from 0."""
    return str(uuid.uuid5(NAMESPACE, f"{prefix}/{place}/{kind}"))


def _yaml(text: str, path: Path, first: int) -> Fields:
    """first: the line of the file where the text begins."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first + (mark.line if mark else 0)
        reason = getattr(error, "problem", None) or str(error)
        raise problem(path, line, f"{reason} (expected valid YAML)") from error
    except ValueError as error:  # a date that does not exist
        raise problem(path, first, str(error)) from error
    if not isinstance(found, dict):
        raise problem(path, first, "expected “name: value” lines")
    return found


@dataclass(frozen=True)
class _Segment:
    """markdown, or what stands between ::: or ``` lines. line: that of the body."""

    kind: str
    info: str
    body: str
    line: int
    id: str = ""


def _blocks(text: str, path: Path, first: int) -> Iterator[Block]:
    for segment in _segments(text, path, first):
        if segment.kind == "markdown":
            yield from _markdown_blocks(segment)
        elif segment.kind == "callout":
            yield _callout(segment, path)
        else:
            yield _fence(segment, path)


def _fence(segment: _Segment, path: Path) -> Block:
    info, line = segment.info, segment.line - 1
    if info == "html":
        return Block("text", segment.body, segment.id, line, written=True)
    if info in WRITTEN:
        value = _yaml(segment.body, path, segment.line)
        identity = segment.id or str(value.pop("id", None) or "")
        return Block(info, value, identity, line, written=True)
    value = {"language": info or "text", "code": segment.body}
    return Block("code", value, segment.id, line)


def _segments(text: str, path: Path, first: int) -> Iterator[_Segment]:
    lines = enumerate(text.splitlines(), start=first)
    plain: list[str] = []
    start, identity = first, ""
    for number, line in lines:
        mark, named = line[:3], NAMED.fullmatch(line)
        if mark not in (":::", "```") and not named:
            plain.append(line)
            continue
        if any(plain):
            yield _Segment("markdown", "", "\n".join(plain), start, identity)
            identity = ""
        plain, start = [], number + 1
        if named:
            identity = named.group(1)
            continue
        body = _until(mark, lines, path, number)
        kind = "callout" if mark == ":::" else "fence"
        yield _Segment(kind, line[3:].strip(), body, number + 1, identity)
        start, identity = number + body.count("\n") + 3, ""
    if any(plain):
        yield _Segment("markdown", "", "\n".join(plain), start, identity)


def _until(mark: str, lines: Iterator[tuple[int, str]], path: Path, opened: int) -> str:
    body: list[str] = []
    for _number, line in lines:
        if line.rstrip() == mark:
            return "\n".join(body)
        body.append(line)
    raise problem(path, opened, f"a {mark} block is not closed")


def _callout(segment: _Segment, path: Path) -> Block:
    kind, _space, title = segment.info.partition(" ")
    if kind not in CALLOUTS:
        line, known = segment.line - 1, ", ".join(CALLOUTS)
        raise problem(path, line, f"::: {kind} is not one of {known}")
    html = markdown.render(segment.body).strip()
    value = {"kind": kind, "title": title.strip(), "text": html}
    return Block("callout", value, segment.id, segment.line - 1)


def _markdown_blocks(segment: _Segment) -> Iterator[Block]:
    """Headings, lone pictures and tables become blocks; the rest joins into text.

    An id given before the segment is that of its first block.
    """
    waiting: list[Token] = []
    identity = segment.id
    for group in _groups(markdown.parse(segment.body)):
        block = _special(group)
        if block is None:
            waiting += group
            continue
        if waiting:
            yield _text(waiting, segment, identity)
            waiting, identity = [], ""
        yield replace(block, id=identity, line=_line(group, segment))
        identity = ""
    if waiting:
        yield _text(waiting, segment, identity)


def _line(group: list[Token], segment: _Segment) -> int:
    return segment.line + (group[0].map or [0])[0]


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


def _text(tokens: list[Token], segment: _Segment, identity: str) -> Block:
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Block("text", html.strip(), identity, _line(tokens, segment))


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
