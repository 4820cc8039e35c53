"""What the platform remembers about courses and lessons, whatever happens to their pages.

No row here points at a page or revision: the keys are translation keys, so publishing,
moving, translating or deleting a page loses nothing (courses.registry keeps them in step).
"""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Course(models.Model):
    """One course in all its languages; the key is the translation key of its pages."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed to new students")
        RETIRED = "retired", _("Retired")

    class Completion(models.TextChoices):
        REQUIRED = "required", _("All required lessons")

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(
        _("code"),
        max_length=80,
        unique=True,
        help_text=_("Names the course in reports and import files."),
    )
    title = models.CharField(_("title"), max_length=255)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT
    )
    chosen_state = models.CharField(
        _("state chosen by hand"),
        max_length=10,
        choices=State,
        blank=True,
        default="",
        help_text=_("Empty: the state follows the course's pages."),
    )
    completion = models.CharField(
        _("completed when"),
        max_length=10,
        choices=Completion,
        default=Completion.REQUIRED,
    )

    class Meta:
        verbose_name = _("course record")
        verbose_name_plural = _("course records")
        ordering: ClassVar[list[str]] = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "open", "closed", "retired"]),
                name="courses_course_state",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """One lesson in all its languages. `retired_at` is set while no page shows it.

    position: order within the course, a cache of the page tree (never edited).
    """

    key = models.UUIDField(primary_key=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="items")
    module_key = models.UUIDField()
    title = models.CharField(_("title"), max_length=255)
    position = models.PositiveIntegerField(default=0)
    required = models.BooleanField(_("required"), default=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("lesson record")
        verbose_name_plural = _("lesson records")
        ordering: ClassVar[list[str]] = ["course", "position"]
        indexes = [
            models.Index(fields=["course", "position"], name="courses_item_order")
        ]

    def __str__(self) -> str:
        return self.title
