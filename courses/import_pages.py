"""Which pages of this site the files of a course folder are, made when missing."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.models import Page

from courses import page_fields
from courses.course_folder import CourseFolder, Document, key, problem
from courses.models import CoursePage, LessonPage, ModulePage

Row = tuple[type[Page], uuid.UUID, Document, uuid.UUID | None]


class FolderPages:
    """One folder's pages. new: ids of those that were made for it."""

    def __init__(self, folder: CourseFolder) -> None:
        self.folder, self.code = folder, folder.code
        self.course_key: uuid.UUID | None = None
        self.new: set[int] = set()

    def make_missing(self, language: str, catalogue: Page) -> None:
        """As empty drafts, so that texts may link to any page of the folder.

        One statement when none is missing. Raises FolderError for an address or a key
        that another page has.
        """
        rows = list(self._rows(language))
        there = {
            page.translation_key: page
            for page in Page.objects.filter(
                locale=catalogue.locale_id, translation_key__in=[row[1] for row in rows]
            )
        }
        for model, identity, file, above in rows:
            page = there.get(identity)
            if page is None:
                parent = Page.objects.get(pk=there[above].pk) if above else catalogue
                there[identity] = self._made(model, parent, identity, file)
            elif page.specific_class is not model:
                text = "this key is that of another page"
                raise problem(file.path, line_of("key", file), text)

    def find(self, model: Any, identity: uuid.UUID, locale: int) -> Any:
        """The page of a file in a language; make_missing() came before."""
        return model.objects.get(translation_key=identity, locale=locale)

    def _rows(self, language: str) -> Iterator[Row]:
        """(model, key, file, key of the page above) in reading order."""
        assert self.course_key is not None  # noqa: S101  the importer has set it
        course = self.course_key
        yield CoursePage, course, self.folder.files[language], None
        for module in self.folder.modules:
            file = module.files[language]
            above = identity(file, key(self.code, module.stem))
            yield ModulePage, above, file, course
            for lesson in module.lessons:
                file = lesson.files[language]
                own = identity(file, key(self.code, module.stem, lesson.stem))
                yield LessonPage, own, file, above

    def _made(
        self, model: Any, parent: Page, identity: uuid.UUID, file: Document
    ) -> Page:
        title, slug = str(file.fields["title"]), str(file.fields["slug"])
        page: Page = model(title=title, slug=slug, live=False, locale=parent.locale)
        page.translation_key = identity
        try:
            parent.add_child(instance=page)
        except ValidationError as error:  # the slug is taken by another page
            text = " ".join(error.messages)
            raise problem(file.path, line_of("slug", file), text) from error
        self.new.add(page.pk)
        return page


def identity(file: Document, derived: uuid.UUID) -> uuid.UUID:
    """The page's translation key: that of the file, or derived from its path."""
    given = file.fields.get("key")
    if given is None:
        return derived
    if not page_fields.is_key(given):
        raise problem(file.path, line_of("key", file), "key: not a UUID")
    return uuid.UUID(str(given))


def line_of(name: str, file: Document) -> int:
    """The line of a front matter entry; 1 when it is not there."""
    text = file.path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"{re.escape(name)}\s*:", line):
            return number
    return 1
