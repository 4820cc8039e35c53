"""Events as Stripe delivered them, and how far each one is."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox import stages

MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
CUSTOMER = KT("payload__data__object__customer")
CHARGE = KT("payload__data__object__charge")
OBJECT = KT("payload__data__object__id")
# events whose object is the customer itself
OF_CUSTOMERS = ("customer.created", "customer.updated", "customer.deleted")


class InboxEventQuerySet(models.QuerySet["InboxEvent"]):
    def due(self) -> "InboxEventQuerySet":
        """Waiting, and their time has come; the oldest first."""
        return self.filter(
            processed_at=None, dead_at=None, next_at__lte=timezone.now()
        ).order_by("next_at")

    def waiting(self) -> "InboxEventQuerySet":
        return self.filter(processed_at=None, dead_at=None)

    def dead(self) -> "InboxEventQuerySet":
        return self.exclude(dead_at=None)


class InboxEvent(models.Model):
    """One event, stored once however often it comes.

    Only its type and ids are used: state is always fetched anew from Stripe.
    """

    id = models.CharField(_("event"), max_length=255, primary_key=True, editable=False)
    type = models.CharField(_("type"), max_length=120, db_index=True)
    livemode = models.BooleanField(_("live"))
    created = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    payload = models.JSONField(_("content"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = InboxEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering: ClassVar[list[str]] = ["-received_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_at"],
                name="billing_inbox_due",
                condition=models.Q(processed_at=None, dead_at=None),
            ),
            # of a subscriber's timeline; by hash, for any length fits
            HashIndex(CUSTOMER, name="billing_inbox_customer"),
            HashIndex(CHARGE, name="billing_inbox_charge"),
            HashIndex(
                OBJECT,
                name="billing_inbox_object",
                condition=models.Q(type__in=OF_CUSTOMERS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"

    @property
    def stage(self) -> str:
        return stages.of(self.processed_at, self.dead_at, self.attempts)

    def done(self) -> None:
        self.attempts += 1
        self.processed_at, self.dead_at, self.last_error = timezone.now(), None, ""
        self.save(update_fields=["attempts", "processed_at", "dead_at", "last_error"])

    def failed(self, error: str) -> None:
        """Count an attempt; wait twice as long each time; give up after MAX_ATTEMPTS."""
        self.attempts += 1
        self.last_error = error[:2000]
        if self.attempts >= MAX_ATTEMPTS:
            self.dead_at = timezone.now()
        wait = min(FIRST_WAIT * 2 ** (self.attempts - 1), LONGEST_WAIT)
        self.next_at = timezone.now() + wait
        self.save(update_fields=["attempts", "last_error", "dead_at", "next_at"])

    def revive(self) -> None:
        """Process it again from the start, now, also when it was processed before."""
        self.attempts, self.dead_at, self.processed_at = 0, None, None
        self.next_at = timezone.now()
        self.save(update_fields=["attempts", "dead_at", "processed_at", "next_at"])
