from typing import Any

from django.core.management.base import BaseCommand

from courses import lesson_search
from courses.models import LessonPage


class Command(BaseCommand):
    help = "Read the words of every published lesson again for the search."

    def handle(self, *args: Any, **options: Any) -> None:
        lessons = LessonPage.objects.live().filter(alias_of=None)
        for lesson in lessons.iterator(chunk_size=50):
            lesson_search.keep(lesson)
        self.stdout.write(f"{lessons.count()} lessons")
