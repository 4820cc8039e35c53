"""Turns a course folder into published pages. Running it again updates the same pages."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import override
from wagtail.models import Locale, Page

from courses import block_values, media_length, page_fields, registry
from courses.course_folder import (
    Block,
    CourseFolder,
    Document,
    FolderError,
    LessonFolder,
    ModuleFolder,
    key,
    problem,
)
from courses.course_media import Media
from courses.import_pages import FolderPages, identity, line_of
from courses.media_blocks import MediaBlock
from courses.models import (
    Course,
    CourseIndexPage,
    CourseInstructor,
    CoursePage,
    Instructor,
    LessonPage,
    ModulePage,
    Topic,
)
from courses.same_page import differs

KNOWN = {
    CoursePage: {
        "title", "slug", "code", "key", "draft", "topic", "outcomes", "requirements",
        "faq", "instructor", "instructors", "image", "social_image",
    },
    ModulePage: {"title", "slug", "key", "draft", "social_image"},
    LessonPage: {"title", "slug", "key", "draft", "social_image"},
}  # fmt: skip

Done = Callable[[str, Page], None]


class DryRunError(Exception):
    """Raised at the end of a dry run, so that everything is rolled back."""


class Importer:
    """Loads one folder. counts: created, updated and unchanged pages.

    done: called with "created", "updated" or "unchanged" after each page.
    """

    def __init__(self, folder: CourseFolder, done: Done | None = None) -> None:
        self.folder = folder
        self.code = folder.code
        self.media = Media(folder.path, folder.code)
        self.counts = {"created": 0, "updated": 0, "unchanged": 0}
        self._done = done
        self._pages = FolderPages(folder)

    def load(
        self, parents: dict[str, CourseIndexPage], *, dry_run: bool = False
    ) -> list[CoursePage]:
        """Load into these catalogues, by language; languages without one are left out.

        All or nothing: on any error, and in a dry run, no row and no file stays. Raises
        FolderError with the file and line.
        """
        try:
            with transaction.atomic():
                pages = self._load(parents)
                if dry_run:
                    raise DryRunError
        except DryRunError:
            self.media.discard()
            return []
        except FolderError as error:
            self.media.discard()
            inside = str(error).replace(f"{self.folder.path.resolve()}/", "")
            raise FolderError(inside.replace(f"{self.folder.path}/", "")) from error
        except BaseException:
            self.media.discard()
            raise
        return pages

    def _load(self, parents: dict[str, CourseIndexPage]) -> list[CoursePage]:
        Course.objects.get_or_create(
            code=self.code,
            defaults={"key": self._identity_of_course(), "title": self.code},
        )
        self._pages.course_key = Course.objects.get(code=self.code).key
        languages = [one for one in self.folder.files if one in parents]
        for language in languages:
            self._pages.make_missing(language, parents[language])
        return [self._course(language, parents[language]) for language in languages]

    def _identity_of_course(self) -> uuid.UUID:
        main = next(iter(self.folder.files.values()))
        return identity(main, key(self.code))

    def _course(self, language: str, parent: CourseIndexPage) -> CoursePage:
        file = self.folder.files[language]
        self.media.locale = parent.locale
        fields = file.fields
        values = {
            "topic": self._topic(fields, parent.locale),
            "image": self._picture(file, "image", file.fields.get("image_alt", "")),
            "outcomes": self._statements("outcome", fields.get("outcomes")),
            "requirements": self._statements("need", fields.get("requirements")),
            "faq": self._faq(fields.get("faq")),
            "description": self._stream(CoursePage, "description", file),
        }
        key_of = self._pages.course_key
        page: CoursePage = self._page(CoursePage, parent, key_of, file, values)
        self._instructors(page, file)
        modules = [self._module(language, page, one) for one in self.folder.modules]
        _put_in_order(page, modules)
        registry.sync_course(page)
        return page

    def _module(
        self, language: str, parent: CoursePage, module: ModuleFolder
    ) -> ModulePage:
        file = module.files[language]
        own = identity(file, key(self.code, module.stem))
        page: ModulePage = self._page(ModulePage, parent, own, file, {})
        lessons = [
            self._lesson(language, page, module.stem, one) for one in module.lessons
        ]
        _put_in_order(page, lessons)
        return page

    def _lesson(
        self, language: str, parent: ModulePage, module: str, lesson: LessonFolder
    ) -> LessonPage:
        file = lesson.files[language]
        own = identity(file, key(self.code, module, lesson.stem))
        values = {"body": self._stream(LessonPage, "body", file)}
        page: LessonPage = self._page(LessonPage, parent, own, file, values)
        return page

    def _page(
        self, model: Any, parent: Page, own: Any, file: Document, values: Any
    ) -> Any:
        """The page with this key in the parent's language, published with these values.

        A file that says `draft: true` becomes, or goes back to, a draft.
        """
        values = {**self._plain(model, file), **values}
        values["social_image"] = self._picture(file, "social_image")
        page = self._pages.find(model, own, parent.locale_id)
        draft = bool(file.fields.get("draft"))
        new = page.pk in self._pages.new
        if not new and page.live != draft and not differs(page, values):
            return self._report("unchanged", page)
        for name, value in values.items():
            setattr(page, name, value)
        _keep(page, draft=draft)
        page = model.objects.get(pk=page.pk)
        return self._report("created" if new else "updated", page)

    def _report(self, outcome: str, page: Any) -> Any:
        self.counts[outcome] += 1
        if self._done:
            self._done(outcome, page)
        return page

    def _plain(self, model: Any, file: Document) -> dict[str, Any]:
        """title, slug and the page's plain fields, checked."""
        known = KNOWN[model] | {one.name for one in page_fields.plain_fields(model)}
        for name in file.fields:
            if name not in known:
                text = f"“{name}” is not known here"
                raise problem(file.path, line_of(name, file), text)
        try:
            found = page_fields.read(model, file.fields)
        except ValueError as error:
            name = str(error).partition(":")[0]
            raise problem(file.path, line_of(name, file), str(error)) from error
        title, slug = str(file.fields["title"]), str(file.fields["slug"])
        return {"title": title, "slug": slug, **found}

    def _stream(self, model: Any, name: str, file: Document) -> list[dict[str, Any]]:
        """The blocks of the file as the stream field stores them, checked."""
        stream = model._meta.get_field(name).stream_block
        found = []
        for block in file.blocks:
            try:
                raw = self._raw(stream, block)
                child = stream.child_blocks[block.kind]
                clean = child.clean(child.normalize(child.to_python(raw["value"])))
            except ValidationError as error:
                text = f"{block.kind}: {_words(error)}"
                raise problem(file.path, block.line, text) from error
            except (FolderError, ValueError, KeyError, TypeError) as error:
                text = f"{block.kind}: {error}"
                raise problem(file.path, block.line, text) from error
            if isinstance(child, MediaBlock):  # it has read how long its file is
                raw["value"]["length"] = clean["length"]
            found.append(raw)
        return found

    def _raw(self, stream: Any, block: Block) -> dict[str, Any]:
        if block.kind not in stream.child_blocks:
            raise ValueError("this block cannot be used here")
        value = block.value
        if not block.written:
            build = getattr(self, f"_{block.kind}_value", None)
            value = build(value) if build else value
        else:
            child = stream.child_blocks[block.kind]
            value = block_values.decode(child, _clock(value), self.media, block.id)
        return {"type": block.kind, "id": block.id, "value": value}

    def _text_value(self, value: str) -> str:
        return block_values.local(value, self.media)

    def _callout_value(self, value: Any) -> Any:
        return {**value, "text": block_values.local(value["text"], self.media)}

    def _image_value(self, value: Any) -> Any:
        image = self.media.image(value["path"], value["alt"])
        decorative = not value["alt"]
        inner = {"image": image.pk, "alt_text": value["alt"], "decorative": decorative}
        return {"image": inner, "caption": value["caption"]}

    def _table_value(self, value: Any) -> Any:
        return {
            "data": value["rows"],
            "cell": [],
            "mergeCells": [],
            "table_caption": "",
            "table_header_choice": "row",
            "first_row_is_table_header": True,
            "first_col_is_header": False,
        }

    def _code_value(self, value: Any) -> Any:
        return {"caption": "", **value}

    def _statements(self, kind: str, texts: list[str] | None) -> list[dict[str, Any]]:
        return [
            {"type": "text", "id": str(key(self.code, kind, str(n))), "value": text}
            for n, text in enumerate(texts or [])
        ]

    def _faq(self, rows: list[dict[str, str]] | None) -> list[dict[str, Any]]:
        return [
            {"type": "question", "id": str(key(self.code, "faq", str(n))), "value": row}
            for n, row in enumerate(rows or [])
        ]

    def _picture(self, file: Document, name: str, alt: str = "") -> Any:
        path = file.fields.get(name)
        if not path:
            return None
        try:
            return self.media.image(path, alt)
        except FolderError as error:
            line = line_of(name, file)
            raise problem(file.path, line, str(error)) from error

    def _topic(self, fields: dict[str, Any], locale: Locale) -> Topic | None:
        """One topic in all languages, named by the English file (or the first one)."""
        name = fields.get("topic")
        files = self.folder.files
        main = files.get("en") or next(iter(files.values()))
        if not name or not main.fields.get("topic"):
            return None
        known = Topic.objects.filter(name=name, locale=locale).first()
        if known:
            return known
        identity = key("topic", str(main.fields["topic"]))
        topic, _created = Topic.objects.update_or_create(
            translation_key=identity, locale=locale, defaults={"name": name}
        )
        return topic

    def _instructors(self, page: CoursePage, file: Document) -> None:
        """The page's teachers are those of the file, in its order."""
        fields = file.fields
        rows = fields.get("instructors") or []
        if fields.get("instructor"):
            rows = [fields["instructor"], *rows]
        wanted = [self._instructor(row, page.locale) for row in rows]
        have = [row.instructor_id for row in page.instructors.all()]
        if have == [person.pk for person in wanted]:
            return
        page.instructors = [
            CourseInstructor(instructor=person, sort_order=place)
            for place, person in enumerate(wanted)
        ]
        _keep(page, draft=not page.live)

    def _instructor(self, fields: dict[str, str], locale: Locale) -> Instructor:
        name = fields["name"]
        known = Instructor.objects.filter(name=name, locale=locale).first()
        person = known or Instructor(
            translation_key=key("instructor", name), locale=locale, name=name
        )
        person.role, person.bio = fields.get("role", ""), fields.get("bio", "")
        if fields.get("photo"):
            person.photo = self.media.image(fields["photo"], name)
        person.save()
        return person


def _keep(page: Any, *, draft: bool) -> None:
    revision = page.save_revision()
    if not draft:
        revision.publish()
    elif page.live:
        page.unpublish()


def _put_in_order(parent: Page, pages: list[Any]) -> None:
    """Give these children the folder's order; others of the parent stay in front."""
    wanted = [page.pk for page in pages]
    children = parent.get_children().order_by("path").values_list("pk", flat=True)
    if [pk for pk in children if pk in wanted] == wanted:
        return
    for pk in wanted:
        Page.objects.get(pk=pk).move(Page.objects.get(pk=parent.pk), pos="last-child")


def _clock(value: Any) -> Any:
    """A block's values; YAML reads a length of 1:30 as ninety, which is 1:30 again."""
    length = value.get("length") if isinstance(value, dict) else None
    if isinstance(length, int) and length >= 60:
        return {**value, "length": media_length.as_text(length)}
    return value


def _words(error: Any) -> str:
    """Every message of a block's error, with the names of the fields."""
    inner = getattr(error, "block_errors", None)
    if isinstance(inner, dict):
        parts = [f"{name}: {_words(one)}" for name, one in inner.items()]
    elif inner:
        parts = [_words(one) for one in inner if one is not None]
    else:
        parts = []
    plain = getattr(error, "non_block_errors", None)
    parts += [_words(one) for one in plain or []]
    if not parts and not hasattr(error, "block_errors"):
        with override("en"):
            return " ".join(getattr(error, "messages", [str(error)]))
    return "; ".join(parts)
