"""A course folder or zip file becomes pages; again, the same pages are brought up to date."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from wagtail.models import Page

from courses import course_archive
from courses.course_folder import CourseFolder, FolderError, read
from courses.course_import import Importer
from courses.models import CourseIndexPage


class Command(BaseCommand):
    help = (
        "Load the course folder or zip file SOURCE into the catalogues. Nothing is "
        "loaded when anything in it is wrong; loading twice changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen; change nothing",
        )
        parser.add_argument(
            "--language", action="append", help="only this language; may be repeated"
        )

    def handle(self, *args: Any, source: Path, **options: Any) -> None:
        if not source.exists():
            raise CommandError(f"{source} is not there")
        try:
            if source.is_dir():
                self._load(read(source), options)
                return
            with tempfile.TemporaryDirectory(prefix="course-") as folder:
                self._load(read(course_archive.unpack(source, Path(folder))), options)
        except FolderError as error:
            raise CommandError(f"nothing was loaded. {error}") from error

    def _load(self, folder: CourseFolder, options: dict[str, Any]) -> None:
        parents = catalogues(folder, options["language"])
        total = len(parents) * (
            1 + sum(1 + len(module.lessons) for module in folder.modules)
        )
        importer = Importer(folder, done=_Progress(self, total, options["verbosity"]))
        importer.load(parents, dry_run=options["dry_run"])
        counts = ", ".join(
            f"{number} {name}" for name, number in importer.counts.items()
        )
        left_out = sorted(set(folder.files) - set(parents))
        if left_out:
            self.stdout.write(f"no catalogue in {', '.join(left_out)}: left out")
        dry = " (dry run: nothing was changed)" if options["dry_run"] else ""
        self.stdout.write(f"{folder.code}: {counts}{dry}")


class _Progress:
    """A counter on a terminal; plain lines elsewhere, one for each page when verbose."""

    def __init__(self, command: BaseCommand, total: int, verbosity: int) -> None:
        self.out, self.total, self.verbosity = command.stdout, total, verbosity
        self.done = 0

    def __call__(self, outcome: str, page: Page) -> None:
        self.done += 1
        if self.verbosity > 1:
            self.out.write(f"{outcome} {page.url_path}")
        elif self.verbosity and self.out.isatty():
            end = "\n" if self.done == self.total else ""
            self.out.write(f"\rpage {self.done} of {self.total}", ending=end)
            self.out.flush()


def catalogues(
    folder: CourseFolder, languages: list[str] | None
) -> dict[str, CourseIndexPage]:
    """The catalogue of each language that is wanted and there.

    Raises FolderError when there is none.
    """
    wanted = set(languages or folder.files)
    unknown = wanted - set(folder.files)
    if unknown:
        raise FolderError(f"the folder has no {', '.join(sorted(unknown))}")
    found = {
        page.locale.language_code: page
        for page in CourseIndexPage.objects.filter(locale__language_code__in=wanted)
    }
    if not found:
        raise FolderError("this site has no catalogue in any language of the folder")
    return found
