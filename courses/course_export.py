"""Writes a course as a folder: the other direction of courses.course_import.

The same course gives the same bytes. Derived keys and ids are left out, so a course that
came from a folder looks as it did; others carry theirs.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from courses import block_values, page_fields
from courses.course_folder import derived_id, key
from courses.markdown_text import to_markdown
from courses.models import Course, CoursePage, LessonPage, ModulePage

FIGURE = {"image", "caption"}
PLAIN_TABLE = {
    "first_row_is_table_header": True,
    "first_col_is_header": False,
    "table_caption": "",
}
CELL = re.compile(r"[|\n`*_\[\]<>\\]")


class ExportError(Exception):
    """A course that cannot be written; its text says why."""


@dataclass
class Files:
    """What the folder will hold: texts and media by path. Meets block_values.Paths."""

    code: str
    texts: dict[str, str] = field(default_factory=dict)
    media: dict[str, Any] = field(default_factory=dict)  # path -> a file field's value
    _paths: dict[tuple[str, int], str] = field(default_factory=dict)

    def image_path(self, pk: int) -> str:
        return self._path(get_image_model(), pk)

    def document_path(self, pk: int) -> str:
        return self._path(get_document_model(), pk)

    def _path(self, model: Any, pk: int) -> str:
        known = self._paths.get((model.__name__, pk))
        if known:
            return known
        row = model.objects.filter(pk=pk).first()
        if row is None:
            raise ExportError(f"{model._meta.verbose_name} {pk} was deleted")
        path = self._free(self._name(row))
        self._paths[model.__name__, pk] = path
        self.media[path] = row.file
        return path

    def _name(self, row: Any) -> str:
        """The name an import gave it, or that of its file."""
        prefix = f"{self.code}/"
        if row.title.startswith(prefix):
            return str(row.title.removeprefix(prefix))
        return str(PurePosixPath(row.file.name).name)

    def _free(self, name: str) -> str:
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
        path, number = f"media/{name}", 2
        while path in self.media:
            path, number = f"media/{stem}-{number}{suffix}", number + 1
        return path

    def page_key(self, pk: int) -> str:
        page = Page.objects.filter(pk=pk).first()
        if page is None:
            raise ExportError(f"a link leads to page {pk}, which was deleted")
        return str(page.translation_key)


def languages_of(course: Course) -> dict[str, CoursePage]:
    """The course's pages by language: those with every module and lesson of the others."""
    pages = CoursePage.objects.filter(translation_key=course.key, alias_of=None)
    by_language = {page.locale.language_code: page for page in pages}
    keys = {
        language: set(page.get_descendants().values_list("translation_key", flat=True))
        for language, page in by_language.items()
    }
    everything = set().union(*keys.values()) if keys else set()
    return {one: by_language[one] for one in sorted(keys) if keys[one] == everything}


def export(course: Course, done: Callable[[str], None] | None = None) -> Files:
    """The folder of a course, in memory (media as open-able files).

    done: called with each text's path. Raises ExportError when no language is complete.
    """
    pages = languages_of(course)
    if not pages:
        raise ExportError(
            f"{course.code}: no language has all modules and lessons; translate the rest first"
        )
    files = Files(course.code)
    main = pages.get("en") or next(iter(pages.values()))
    stems = _stems(main)
    for language, page in pages.items():
        for path, text in _pages(files, page, language, stems):
            files.texts[path] = text
            if done:
                done(path)
    return files


def _stems(main: CoursePage) -> dict[uuid.UUID, str]:
    """Folder and file stems by translation key, from the order and slugs of one language.

    A page that came from a folder keeps its stem there as long as its place allows.
    """
    found: dict[uuid.UUID, str] = {}
    for number, module in enumerate(main.get_children(), start=1):
        found[module.translation_key] = f"{number:02d}-{module.slug}"
        for place, lesson in enumerate(module.get_children(), start=1):
            found[lesson.translation_key] = f"{place:02d}-{lesson.slug}"
    return found


def _pages(
    files: Files, course: CoursePage, language: str, stems: dict[uuid.UUID, str]
) -> Iterator[tuple[str, str]]:
    yield f"course.{language}.md", _course(files, course)
    for module in ModulePage.objects.child_of(course).order_by("path"):
        stem = stems[module.translation_key]
        front = _front(files, module, key(files.code, stem))
        yield f"{stem}/module.{language}.md", _document(front, "")
        for lesson in LessonPage.objects.child_of(module).order_by("path"):
            name = stems[lesson.translation_key]
            yield f"{stem}/{name}.{language}.md", _lesson(files, lesson, stem, name)


def _course(files: Files, row: CoursePage) -> str:
    page = _content(row)
    front = _front(files, row, key(files.code), code=files.code)
    if page.topic_id:
        front["topic"] = page.topic.name
    for name in ("outcomes", "requirements"):
        front[name] = [str(child.value) for child in getattr(page, name)]
    front["faq"] = [
        {"question": one.value["question"], "answer": one.value["answer"]}
        for one in page.faq
    ]
    front["instructors"] = [_instructor(files, one) for one in page.instructors.all()]
    if page.image_id:
        front["image"] = files.image_path(page.image_id)
    front = {name: value for name, value in front.items() if value not in ([], "")}
    return _document(front, _stream(files, page.description, ""))


def _instructor(files: Files, row: Any) -> dict[str, str]:
    person = row.instructor
    found = {"name": person.name, "role": person.role, "bio": person.bio}
    if person.photo_id:
        found["photo"] = files.image_path(person.photo_id)
    return {name: value for name, value in found.items() if value}


def _lesson(files: Files, row: LessonPage, module: str, stem: str) -> str:
    page = _content(row)
    front = _front(files, row, key(files.code, module, stem))
    return _document(front, _stream(files, page.body, f"{files.code}/{module}/{stem}"))


def _content(row: Any) -> Any:
    """What is published; the draft of a page that is not."""
    return row if row.live else row.get_latest_revision_as_object()


def _front(files: Files, row: Any, derived: uuid.UUID, **more: Any) -> dict[str, Any]:
    page = _content(row)
    found = {"title": page.title, "slug": page.slug, **more}
    if row.translation_key != derived:
        found["key"] = str(row.translation_key)
    if not row.live:
        found["draft"] = True
    if page.social_image_id:
        found["social_image"] = files.image_path(page.social_image_id)
    return {**found, **page_fields.written(page)}


def _document(front: dict[str, Any], body: str) -> str:
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1_000_000)
    return f"---\n{head}---\n" + (f"\n{body}" if body else "")


def _stream(files: Files, stream: Any, prefix: str) -> str:
    """The blocks as Markdown; a block's id is written where it cannot be derived."""
    parts: list[str] = []
    before = ""
    for place, raw in enumerate(stream.get_prep_value()):
        kind, identity = raw["type"], raw["id"]
        text = _block(files, stream.stream_block, kind, raw["value"])
        joins = kind == "text" and before == "text"  # would become one block
        if identity != derived_id(prefix, place, kind) or joins:
            text = f"{{#{identity}}}\n{text}"
        parts.append(text)
        before = kind
    return "\n".join(parts)


def _block(files: Files, stream: Any, kind: str, raw: Any) -> str:
    block = stream.child_blocks[kind]
    value = block_values.encode(block, raw, files)
    ways: dict[str, Callable[[Any, Any], str | None]] = {
        "text": _text, "heading": _heading, "image": _image, "table": _table,
        "callout": _callout, "code": _code,
    }  # fmt: skip
    short = ways.get(kind)
    text = short(value, raw) if short else None
    if text is not None:
        return text
    if kind == "text":
        return f"```html\n{value}\n```\n"
    body = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000_000)
    return f"```{kind}\n{body}```\n"


def _text(value: str, _raw: Any) -> str | None:
    return to_markdown(value)


def _heading(_value: Any, raw: Any) -> str | None:
    text = raw["text"]
    if to_markdown(f"<p>{text}</p>") != f"{text}\n":
        return None
    return f"{'##' if raw['level'] == '2' else '###'} {text}\n"


def _image(value: dict[str, Any], raw: Any) -> str | None:
    alt, caption = raw["image"].get("alt_text") or "", raw.get("caption") or ""
    plain = not re.search(r'[\]\["\\*_`<&\n]', alt + caption)
    decorative = bool(raw["image"].get("decorative"))
    path = value["image"]["image"]
    if not plain or decorative != (not alt) or re.search(r"[\s()]", path):
        return None
    title = f' "{caption}"' if caption else ""
    return f"![{alt}]({path}{title})\n"


def _table(_value: Any, raw: Any) -> str | None:
    rows = [["" if cell is None else str(cell) for cell in row] for row in raw["data"]]
    same = all(
        raw.get(name, usual) in (usual, None) for name, usual in PLAIN_TABLE.items()
    )
    extra = raw.get("cell") or raw.get("mergeCells")
    odd = any(CELL.search(cell) or cell != cell.strip() for row in rows for cell in row)
    if not same or extra or odd or len(rows) < 2 or not any(rows[0]):
        return None
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def _callout(value: Any, raw: Any) -> str | None:
    text = to_markdown(value.get("text", ""))
    title = raw.get("title") or ""
    if text is None or title != title.strip() or "\n" in title:
        return None
    return f"::: {raw['kind']} {title}".rstrip() + f"\n{text}:::\n"


def _code(_value: Any, raw: Any) -> str | None:
    code = raw["code"].replace("\r\n", "\n")
    fenced = any(line.startswith("```") for line in code.splitlines())
    if raw.get("caption") or fenced or code != code.rstrip("\n"):
        return None
    return f"```{raw['language']}\n{code}\n```\n"


def write(files: Files, folder: Path) -> None:
    """Write texts and media below the folder, which is made when missing."""
    for path, text in files.texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for path, file in files.media.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as source, target.open("wb") as sink:
            for chunk in source.chunks():
                sink.write(chunk)
