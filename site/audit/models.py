"""The append-only audit trail; the floor every room may import."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One thing that was done: who, what, to what. The database refuses edits.

    `prev` and `hash` chain the rows (SHA-256); id, prev and hash are set by a trigger
    under a lock, so the chain holds under concurrent writers.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("when"), db_index=True)
    actor = models.CharField(_("who"), max_length=200)
    action = models.CharField(_("what"), max_length=80, db_index=True)
    target = models.CharField(_("to what"), max_length=200, db_index=True)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.target}"
