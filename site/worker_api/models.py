"""Keys that workers write with, and the batches they sent."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WorkerKey(models.Model):
    """One worker's way in. The key itself is shown once and never stored.

    `scopes` are texts such as "journal:write" (everything) or "journal:write:<uuid>" (one
    target); `networks` are CIDR blocks, empty for any address.
    """

    key_id = models.CharField(_("key id"), max_length=8, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the key, hex")
    name = models.CharField(_("name"), max_length=100)
    scopes = models.JSONField(_("scopes"), default=list)
    networks = models.JSONField(_("networks"), default=list, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_ip = models.GenericIPAddressField(_("last address"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("successor"),
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        verbose_name = _("worker key")
        verbose_name_plural = _("worker keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at

    def may(self, scope: str, target: object = None) -> bool:
        """Whether the key holds scope for everything, or for this target."""
        return scope in self.scopes or (
            target is not None and f"{scope}:{target}" in self.scopes
        )

    def targets(self, scope: str) -> Collection[str] | None:
        """The targets that scope is limited to; None when it is not limited."""
        if scope in self.scopes:
            return None
        prefix = f"{scope}:"
        return {
            held.removeprefix(prefix) for held in self.scopes if held.startswith(prefix)
        }

    def touch(self, address: str | None) -> None:
        """Note the use, at most once a minute."""
        now = timezone.now()
        if self.last_used_at and now - self.last_used_at < timedelta(minutes=1):
            return
        WorkerKey.objects.filter(pk=self.pk).update(last_used_at=now, last_ip=address)


class Batch(models.Model):
    """A write that was accepted, with its answer: the same batch again is a replay."""

    batch_id = models.UUIDField(primary_key=True)
    key = models.ForeignKey(
        WorkerKey, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    operation = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body, hex")
    result: "models.JSONField[Any]" = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")

    def __str__(self) -> str:
        return f"{self.operation} {self.batch_id}"
