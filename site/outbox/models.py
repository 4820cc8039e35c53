"""Side effects that must not be lost: written with the change that causes them."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox import stages

MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=6)


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Waiting, and their time has come."""
        return self.filter(
            done_at=None, dead_at=None, next_at__lte=timezone.now()
        ).order_by("next_at")

    def waiting(self) -> "MessageQuerySet":
        return self.filter(done_at=None, dead_at=None)

    def dead(self) -> "MessageQuerySet":
        return self.exclude(dead_at=None)


class Message(models.Model):
    """One mail, PDF or other effect to deliver at least once.

    `key` makes a cause write its effect once; `message_id` stays the same over retries.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=200, unique=True)
    payload = models.JSONField(_("payload"), default=dict)
    language = models.CharField(_("language"), max_length=5, default="es")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    done_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_at"],
                name="outbox_due",
                condition=models.Q(done_at=None, dead_at=None),
            ),
            models.Index(fields=["-created_at"], name="outbox_newest"),
            models.Index(KeyTransform("user", "payload"), name="outbox_person"),
            models.Index(KeyTransform("to", "payload"), name="outbox_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def message_id(self) -> str:
        """The mail header that stays the same however often the mail is sent."""
        host = settings.BASE_URL.split("//", 1)[-1].split(":")[0].split("/")[0]
        return f"<{self.id}@{host}>"

    @property
    def stage(self) -> str:
        return stages.of(self.done_at, self.dead_at, self.attempts)

    def failed(self, error: str) -> None:
        """Count an attempt; wait twice as long each time; give up after MAX_ATTEMPTS."""
        self.attempts += 1
        self.last_error = error[:2000]
        if self.attempts >= MAX_ATTEMPTS:
            self.dead_at = timezone.now()
        else:
            wait = min(FIRST_WAIT * 2 ** (self.attempts - 1), LONGEST_WAIT)
            self.next_at = timezone.now() + wait
        self.save(update_fields=["attempts", "last_error", "dead_at", "next_at"])

    def delivered(self) -> None:
        self.attempts += 1
        self.done_at = timezone.now()
        self.last_error = ""
        self.save(update_fields=["attempts", "done_at", "last_error"])

    def revive(self) -> None:
        """Try again from the start, now, also when it was delivered before."""
        self.attempts, self.dead_at, self.done_at = 0, None, None
        self.next_at = timezone.now()
        self.save(update_fields=["attempts", "dead_at", "done_at", "next_at"])
