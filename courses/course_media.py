"""Images, documents and links of a course folder as rows of this site.

A file that the site has already (same content) is used again, never stored twice.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Locale, Page
from willow.image import UnrecognisedImageFormatError

from courses.course_folder import FolderError

Image = get_image_model()
Document = get_document_model()
DOCUMENTS = frozenset(
    [
        "csv",
        "docx",
        "epub",
        "json",
        "m4a",
        "mp3",
        "mp4",
        "odp",
        "ods",
        "odt",
        "ogg",
        "ogv",
        "pdf",
        "pptx",
        "srt",
        "txt",
        "vtt",
        "wav",
        "webm",
        "xlsx",
        "zip",
    ]
)


class Media:
    """One folder's files in one import. Meets courses.block_values.Rows."""

    def __init__(self, root: Path, code: str) -> None:
        self.root, self.code = root, code
        self.locale: Locale | None = None
        self._images: dict[str, Any] = {}
        self._documents: dict[str, Any] = {}
        self._stored: list[tuple[Any, str]] = []

    def discard(self) -> None:
        """Delete the files that this import stored: its rows were rolled back."""
        for storage, name in self._stored:
            storage.delete(name)
        self._stored.clear()

    @property
    def stored(self) -> int:
        return len(self._stored)

    def image(self, path: str, alt: str = "") -> Any:
        if path not in self._images:
            self._images[path] = self._find(Image, path, self._write_image, alt)
        return self._images[path]

    def document(self, path: str, title: str = "") -> Any:
        if path not in self._documents:
            if Path(path).suffix.lower().removeprefix(".") not in DOCUMENTS:
                raise FolderError(f"{path}: files of this kind cannot be downloads")
            self._documents[path] = self._find(
                Document, path, self._write_document, title
            )
        return self._documents[path]

    def image_pk(self, path: str, alt: str) -> int:
        return int(self.image(path, alt).pk)

    def document_pk(self, path: str, title: str) -> int:
        return int(self.document(path, title).pk)

    def page_pk(self, key: str) -> int:
        """The page with this translation key, in the language being loaded if possible."""
        try:
            pages = list(Page.objects.filter(translation_key=key))
        except ValidationError as error:
            raise FolderError(f"page:{key} is not a page's key") from error
        if not pages:
            raise FolderError(f"page:{key} is not a page of this site")
        return int(min(pages, key=lambda page: page.locale_id != self._locale_id()).pk)

    def _locale_id(self) -> int:
        return self.locale.pk if self.locale else 0

    def _find(
        self,
        model: Any,
        path: str,
        write: Callable[[Any, bytes, str, str], None],
        text: str,
    ) -> Any:
        """The row of an earlier import, one with the same content, or a new one."""
        content, title = self._content(path), f"{self.code}/{Path(path).name}"
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        row = model.objects.filter(title=title).first()
        if row is None:
            row = model.objects.filter(file_hash=digest).first() or model(title=title)
        if row.file_hash != digest:
            write(row, content, f"{self.code}-{Path(path).name}", text)
            self._stored.append((row.file.storage, row.file.name))
        return row

    def _write_image(self, row: Any, content: bytes, name: str, alt: str) -> None:
        try:
            row.file = ImageFile(ContentFile(content, name=name), name=name)
            row.description = alt[:255]
            row._set_file_hash()
            row.file_size = len(content)
            row.save()
        except (UnrecognisedImageFormatError, OSError) as error:
            raise FolderError(f"{name}: this image cannot be read") from error
        row.renditions.all().delete()

    def _write_document(self, row: Any, content: bytes, name: str, _title: str) -> None:
        row.file = ContentFile(content, name=name)
        row._set_document_file_metadata()
        row.save()

    def _content(self, path: str) -> bytes:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root.resolve()) or not file.is_file():
            raise FolderError(f"{path} is not a file of this folder")
        return file.read_bytes()
