"""Progress that was set back to the start, kept so that it can be restored."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Course, Item


class ProgressReset(models.Model):
    """What one student had done in one course (item: one lesson of it) before a reset.

    snapshot: {model name: [{column: value}]}, read and written by courses.reset only.
    batch: the same for all students reset together.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("student"),
        on_delete=models.CASCADE,
        related_name="progress_resets",
    )
    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(
        Item,
        verbose_name=_("lesson"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("when"), default=now)
    by = models.CharField(_("who"), max_length=254)
    reason = models.CharField(_("reason"), max_length=200)
    completion = models.BooleanField(_("also the finished course"), default=False)
    batch = models.UUIDField(default=uuid.uuid4)
    snapshot = models.JSONField()
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("reset of progress")
        verbose_name_plural = _("resets of progress")
        ordering: ClassVar[list[str]] = ["-at", "pk"]

    def __str__(self) -> str:
        return f"{self.user} · {self.item or self.course}"
