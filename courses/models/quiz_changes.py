"""Edits of a quiz that touch results already given, and what was decided about them."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.learning import QuizAttempt, QuizVersion
from courses.models.records import Item


class QuizChange(models.Model):
    """A published version that marks some earlier attempts differently.

    version: the new one. choice: what happens to the earlier results; open until somebody
    decides, which keeps them meanwhile. The id is the batch id in the audit trail.
    attempts, changed: how many were compared, and how many got another result.
    """

    class Choice(models.TextChoices):
        OPEN = "open", _("Not decided yet")
        KEEP = "keep", _("Keep all results")
        UP = "up", _("Only better results")
        ALL = "all", _("Grade all again")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="quiz_changes"
    )
    block_id = models.CharField(max_length=64)
    version = models.ForeignKey(
        QuizVersion, on_delete=models.PROTECT, related_name="changes"
    )
    choice = models.CharField(
        _("results"), max_length=10, choices=Choice, default=Choice.OPEN
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    changed = models.PositiveIntegerField(_("changed results"), default=0)
    created_at = models.DateTimeField(_("published"), default=now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("quiz change")
        verbose_name_plural = _("quiz changes")
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "block_id"],
                condition=models.Q(choice="open"),
                name="courses_quiz_change_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(choice="open", decided_at__isnull=True)
                | models.Q(choice__in=["keep", "up", "all"], decided_at__isnull=False),
                name="courses_quiz_change_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} · {self.created_at:%Y-%m-%d} · {self.choice}"


class Regraded(models.Model):
    """One attempt's result before and after a decision; what undo goes back to.

    before, after: {"results", "score" (text), "passed", "graded_by" (version id or null)}.
    finished: the decision also finished the lesson.
    """

    change = models.ForeignKey(
        QuizChange, on_delete=models.PROTECT, related_name="regraded"
    )
    attempt = models.ForeignKey(
        QuizAttempt, on_delete=models.CASCADE, related_name="regraded"
    )
    before = models.JSONField()
    after = models.JSONField()
    finished = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("changed result")
        verbose_name_plural = _("changed results")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "attempt"], name="courses_regraded_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt} · {self.before['score']} → {self.after['score']}"
