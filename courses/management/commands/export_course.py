"""A course as a folder or zip file that can live in version control."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from courses import course_archive, course_export
from courses.models import Course


class Command(BaseCommand):
    help = (
        "Write the course with this code, in all its languages, to TARGET: a folder that "
        "is new or empty, or a file that ends in .zip. The format: courses/course-folder.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("target", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="write over what is there"
        )

    def handle(
        self, *args: Any, code: str, target: Path, replace: bool, **options: Any
    ) -> None:
        course = Course.objects.filter(code=code).first()
        if course is None:
            known = ", ".join(Course.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"no course has the code {code}; there are: {known}")
        taken = any(target.iterdir()) if target.is_dir() else target.exists()
        if taken and not replace:
            raise CommandError(f"{target} is there already; --replace writes over it")
        try:
            files = course_export.export(course, done=self._say(options["verbosity"]))
        except course_export.ExportError as error:
            raise CommandError(str(error)) from error
        if target.suffix == ".zip":
            course_archive.pack(files, target)
        else:
            course_export.write(files, target)
        self.stdout.write(
            f"{code}: {len(files.texts)} texts, {len(files.media)} media → {target}"
        )

    def _say(self, verbosity: int) -> Any:
        return self.stdout.write if verbosity > 1 else None
