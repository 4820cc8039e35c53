"""The words of published lessons, as the search reads them."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class LessonText(models.Model):
    """One block of a published lesson, or one line of what is said in it.

    item: the lesson's key; not a foreign key, because a published lesson of an unpublished
    module has no record yet. language: that of the page. second: where in the video or audio; None for text.
    """

    item = models.UUIDField()
    language = models.CharField(max_length=10)
    block_id = models.CharField(max_length=64)
    second = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField()
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["words"], name="courses_lesson_words"),
            models.Index(fields=["item", "language"], name="courses_lesson_text"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
