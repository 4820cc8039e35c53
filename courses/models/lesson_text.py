"""The words of published lessons, as the search reads them."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from courses.models.records import Item


class LessonText(models.Model):
    """One block of a published lesson, or one line of what is said in it.

    language: that of the page. second: where in the video or audio; None for text.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
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
