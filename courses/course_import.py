"""Turns a course folder into published pages. Running it again updates the same pages."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import override
from wagtail.models import Locale, Page

from courses import block_values, page_fields, registry
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
        self._new: set[int] = set()

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
        languages = [one for one in self.folder.files if one in parents]
        for language in languages:  # first, so that texts may link to any of them
            self._pages_in(language, parents[language])
        return [self._course(language, parents[language]) for language in languages]

    def _pages_in(self, language: str, parent: CourseIndexPage) -> None:
        """Make the pages that are missing, as empty drafts."""
        folder = self.folder
        identity = Course.objects.get(code=self.code).key
        course = self._found(CoursePage, parent, identity, folder.files[language])
        for module in folder.modules:
            file = module.files[language]
            identity = _identity(file, key(self.code, module.stem))
            page = self._found(ModulePage, course, identity, file)
            for lesson in module.lessons:
                file = lesson.files[language]
                identity = _identity(file, key(self.code, module.stem, lesson.stem))
                self._found(LessonPage, page, identity, file)

    def _found(self, model: Any, parent: Page, identity: Any, file: Document) -> Any:
        """The page with this key in the parent's language, made when missing."""
        page = model.objects.filter(
            translation_key=identity, locale=parent.locale_id
        ).first()
        if page is None:
            title, slug = str(file.fields["title"]), str(file.fields["slug"])
            page = model(title=title, slug=slug, live=False, locale=parent.locale)
            page.translation_key = identity
            try:
                parent.add_child(instance=page)
            except ValidationError as error:  # the slug is taken by another page
                text = " ".join(error.messages)
                raise problem(file.path, _line_of("slug", file), text) from error
            self._new.add(page.pk)
        return page

    def _identity_of_course(self) -> uuid.UUID:
        main = next(iter(self.folder.files.values()))
        return _identity(main, key(self.code))

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
        identity = Course.objects.get(code=self.code).key
        page: CoursePage = self._page(CoursePage, parent, identity, file, values)
        self._instructors(page, file)
        modules = [self._module(language, page, one) for one in self.folder.modules]
        _put_in_order(page, modules)
        registry.sync_course(page)
        return page

    def _module(
        self, language: str, parent: CoursePage, module: ModuleFolder
    ) -> ModulePage:
        file = module.files[language]
        identity = _identity(file, key(self.code, module.stem))
        page: ModulePage = self._page(ModulePage, parent, identity, file, {})
        lessons = [
            self._lesson(language, page, module.stem, one) for one in module.lessons
        ]
        _put_in_order(page, lessons)
        return page

    def _lesson(
        self, language: str, parent: ModulePage, module: str, lesson: LessonFolder
    ) -> LessonPage:
        file = lesson.files[language]
        identity = _identity(file, key(self.code, module, lesson.stem))
        values = {"body": self._stream(LessonPage, "body", file)}
        page: LessonPage = self._page(LessonPage, parent, identity, file, values)
        return page

    def _page(
        self, model: Any, parent: Page, identity: Any, file: Document, values: Any
    ) -> Any:
        """The page with this key in the parent's language, published with these values.

        A file that says `draft: true` becomes, or goes back to, a draft.
        """
        values = {**self._plain(model, file), **values}
        values["social_image"] = self._picture(file, "social_image")
        page = self._found(model, parent, identity, file)
        draft = bool(file.fields.get("draft"))
        new = page.pk in self._new
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
                raise problem(file.path, _line_of(name, file), text)
        try:
            found = page_fields.read(model, file.fields)
        except ValueError as error:
            name = str(error).partition(":")[0]
            raise problem(file.path, _line_of(name, file), str(error)) from error
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
                child.clean(child.normalize(child.to_python(raw["value"])))
            except ValidationError as error:
                text = f"{block.kind}: {_words(error)}"
                raise problem(file.path, block.line, text) from error
            except (FolderError, ValueError, KeyError, TypeError) as error:
                text = f"{block.kind}: {error}"
                raise problem(file.path, block.line, text) from error
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
            value = block_values.decode(child, value, self.media, block.id)
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
            line = _line_of(name, file)
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


def _identity(file: Document, derived: uuid.UUID) -> uuid.UUID:
    """The page's translation key: that of the file, or derived from its path."""
    given = file.fields.get("key")
    if given is None:
        return derived
    if not page_fields.is_key(given):
        raise problem(file.path, _line_of("key", file), "key: not a UUID")
    return uuid.UUID(str(given))


def _line_of(name: str, file: Document) -> int:
    """The line of a front matter entry; 1 when it is not there."""
    text = file.path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"{re.escape(name)}\s*:", line):
            return number
    return 1


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
