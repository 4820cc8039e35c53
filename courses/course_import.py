"""Turns a course folder into published pages. Running it again updates the same pages."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Locale, Page

from courses import registry
from courses.course_folder import (
    Block,
    CourseFolder,
    Document,
    FolderError,
    LessonFolder,
    ModuleFolder,
    key,
)
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

Image = get_image_model()
WagtailDocument = get_document_model()


class Importer:
    """Loads one folder; keeps the media it has stored while it works."""

    def __init__(self, folder: CourseFolder) -> None:
        self.folder = folder
        self.code = folder.code
        self._images: dict[str, Any] = {}
        self._documents: dict[str, Any] = {}

    @transaction.atomic
    def load(self, parents: dict[str, CourseIndexPage]) -> list[CoursePage]:
        """Load into these catalogues, by language; languages without one are left out."""
        Course.objects.get_or_create(
            code=self.code,
            defaults={"key": key(self.code), "title": self.code},
        )
        return [
            self._course(language, parents[language])
            for language in self.folder.files
            if language in parents
        ]

    def _course(self, language: str, parent: CourseIndexPage) -> CoursePage:
        file = self.folder.files[language]
        fields = file.fields
        page: CoursePage = self._page(
            CoursePage,
            parent,
            Course.objects.get(code=self.code).key,
            file,
            {
                "summary": fields.get("summary", ""),
                "level": fields.get("level", "beginner"),
                "access": fields.get("access", "subscribers"),
                "minutes": fields.get("minutes", 0),
                "audience": fields.get("audience", ""),
                "topic": self._topic(fields, parent.locale),
                "image": self._image(fields.get("image"), fields.get("image_alt", "")),
                "image_alt": fields.get("image_alt", ""),
                "outcomes": self._statements("outcome", fields.get("outcomes")),
                "requirements": self._statements("need", fields.get("requirements")),
                "faq": self._faq(fields.get("faq")),
                "description": [self._raw(block) for block in file.blocks],
            },
        )
        self._instructor(page, fields.get("instructor"))
        for module in self.folder.modules:
            self._module(language, page, module)
        registry.sync_course(page)
        return page

    def _module(self, language: str, parent: CoursePage, module: ModuleFolder) -> None:
        file = module.files[language]
        page = self._page(
            ModulePage,
            parent,
            key(self.code, module.stem),
            file,
            {"summary": file.fields.get("summary", "")},
        )
        for lesson in module.lessons:
            self._lesson(language, page, module.stem, lesson)

    def _lesson(
        self, language: str, parent: ModulePage, module: str, lesson: LessonFolder
    ) -> None:
        file = lesson.files[language]
        fields = file.fields
        self._page(
            LessonPage,
            parent,
            key(self.code, module, lesson.stem),
            file,
            {
                "summary": fields.get("summary", ""),
                "minutes": fields.get("minutes", 5),
                "preview": fields.get("preview", False),
                "completion": fields.get("completion", "view"),
                "required": fields.get("required", True),
                "body": [self._raw(block) for block in file.blocks],
            },
        )

    def _page(
        self, model: Any, parent: Page, identity: Any, file: Document, values: Any
    ) -> Any:
        """The page with this key in the parent's language, published with these values."""
        page = model.objects.filter(
            translation_key=identity, locale=parent.locale_id
        ).first()
        values = {"title": file.fields["title"], "slug": file.fields["slug"], **values}
        if page is None:
            page = model(translation_key=identity, locale=parent.locale, **values)
            parent.add_child(instance=page)
        elif page.live and not _differs(page, values):
            return page
        for name, value in values.items():
            setattr(page, name, value)
        page.save_revision().publish()
        return model.objects.get(pk=page.pk)

    def _raw(self, block: Block) -> dict[str, Any]:
        """A block as a stream field stores it."""
        build = getattr(self, f"_{block.kind}_value", None)
        value = build(block.value) if build else block.value
        return {"type": block.kind, "id": block.id, "value": value}

    def _image_value(self, value: Any) -> Any:
        image = self._image(value["path"], value["alt"])
        inner = {"image": image.pk, "alt_text": value["alt"], "decorative": False}
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

    def _video_value(self, value: Any) -> Any:
        poster = self._image(value.get("poster"), value.get("title", ""))
        file = self._document(value.get("file"), value["title"])
        captions = self._document(value.get("captions"), f"{value['title']} (captions)")
        return {
            "title": value["title"],
            "file": file.pk if file else None,
            "provider": value.get("provider") or "",
            "video_id": str(value.get("video_id") or ""),
            "poster": poster.pk if poster else None,
            "captions": captions.pk if captions else None,
            "transcript": value.get("transcript") or "",
        }

    def _quiz_value(self, value: Any) -> Any:
        return {
            "title": value["title"],
            "pass_mark": value.get("pass_mark", 70),
            "attempts": value.get("attempts", 0),
            "minutes": value.get("minutes", 0),
            "shuffle_questions": bool(value.get("shuffle_questions")),
            "shuffle_options": bool(value.get("shuffle_options")),
            "explanation": value.get("explanation") or "",
            "questions": [
                {"type": "item", "id": str(one["id"]), "value": _question(one)}
                for one in value["questions"]
            ],
        }

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

    def _topic(self, fields: dict[str, Any], locale: Locale) -> Topic | None:
        """One topic in all languages, named by the English file (or the first one)."""
        name = fields.get("topic")
        files = self.folder.files
        main = files.get("en") or next(iter(files.values()))
        if not name or not main.fields.get("topic"):
            return None
        identity = key("topic", str(main.fields["topic"]))
        topic, _created = Topic.objects.update_or_create(
            translation_key=identity, locale=locale, defaults={"name": name}
        )
        return topic

    def _instructor(self, page: CoursePage, fields: dict[str, str] | None) -> None:
        if not fields:
            return
        person, _created = Instructor.objects.update_or_create(
            translation_key=key("instructor", fields["name"]),
            locale=page.locale,
            defaults={
                "name": fields["name"],
                "role": fields.get("role", ""),
                "bio": fields.get("bio", ""),
            },
        )
        if not page.instructors.filter(instructor=person).exists():
            page.instructors.add(CourseInstructor(instructor=person))
            page.save_revision().publish()

    def _image(self, path: str | None, alt: str) -> Any:
        if not path:
            return None
        if path not in self._images:
            content, title = self._content(path), f"{self.code}/{Path(path).name}"
            image = Image.objects.filter(title=title).first() or Image(title=title)
            if image.file_hash != hashlib.sha1(content).hexdigest():  # noqa: S324
                name = f"{self.code}-{Path(path).name}"
                image.file = ImageFile(ContentFile(content, name=name), name=name)
                image._set_file_hash()
                image.file_size = len(content)
                image.description = alt[:255]
                image.save()
                image.renditions.all().delete()
            self._images[path] = image
        return self._images[path]

    def _document(self, path: str | None, title: str) -> Any:
        if not path:
            return None
        if path not in self._documents:
            content, title = self._content(path), f"{self.code}/{Path(path).name}"
            found = WagtailDocument.objects.filter(title=title).first()
            document = found or WagtailDocument(title=title)
            if document.file_hash != hashlib.sha1(content).hexdigest():  # noqa: S324
                name = f"{self.code}-{Path(path).name}"
                document.file = ContentFile(content, name=name)
                document._set_document_file_metadata()
                document.save()
            self._documents[path] = document
        return self._documents[path]

    def _content(self, path: str) -> bytes:
        file = (self.folder.path / path).resolve()
        if not file.is_relative_to(self.folder.path.resolve()) or not file.is_file():
            raise FolderError(
                f"{self.folder.path}: {path} is not a file of this folder"
            )
        return file.read_bytes()


def _question(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": one["kind"],
        "text": one["text"],
        "options": [
            {
                "type": "item",
                "id": str(option["id"]),
                "value": {
                    "text": str(option["text"]),
                    "correct": bool(option.get("correct")),
                    "feedback": option.get("feedback") or "",
                },
            }
            for option in one.get("options") or []
        ],
        "accepted": [
            {"type": "item", "id": str(option["id"]), "value": str(option["text"])}
            for option in one.get("accepted") or []
        ],
        "exact": bool(one.get("exact")),
        "answer": one.get("answer"),
        "tolerance": one.get("tolerance"),
        "feedback": one.get("feedback") or "",
    }


def _differs(page: Any, values: dict[str, Any]) -> bool:
    """Whether publishing these values would change the page."""
    for name, value in values.items():
        field = page._meta.get_field(name)
        have = getattr(page, name)
        if hasattr(field, "stream_block"):
            if _stored(field, have) != _stored(field, field.to_python(value)):
                return True
        elif have != value:
            return True
    return False


def _stored(field: Any, stream: Any) -> Any:
    """A stream as it is stored, after every value was read (raw forms may differ)."""
    for child in stream:
        _touched = child.value
    return field.get_prep_value(stream)
