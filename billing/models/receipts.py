"""Receipts and credit notes: frozen when issued, numbered without gaps."""

from typing import ClassVar

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import money


def private_storage() -> Storage:
    return storages["private"]


class Kind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    CREDIT_NOTE = "credit_note", _("credit note")


class InvoiceSeries(models.Model):
    """A row of numbers. Take the next one only under SELECT … FOR UPDATE."""

    code = models.SlugField(_("code"), unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    prefix = models.CharField(_("prefix"), max_length=12)
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of receipts")
        verbose_name_plural = _("series of receipts")

    def __str__(self) -> str:
        return self.code


class Receipt(models.Model):
    """What was issued for one Stripe invoice or refund. The database refuses to change or
    delete it; a mistake is corrected by a credit note.

    `snapshot` holds everything the document shows (billing.receipts.Snapshot).
    """

    series = models.ForeignKey(InvoiceSeries, models.PROTECT, related_name="receipts")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    source = models.CharField(
        _("Stripe invoice or refund"), max_length=255, unique=True
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="receipts",
        verbose_name=_("person"),
    )
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    language = models.CharField(_("language"), max_length=5)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total"))
    snapshot = models.JSONField(_("content"))
    pdf = models.FileField(
        _("PDF"), storage=private_storage, upload_to="receipts/%Y/%m/", blank=True
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering: ClassVar[list[str]] = ["-issued_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["series", "number"], name="billing_receipt_number"
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The number people see, such as R-000042."""
        return f"{self.snapshot['prefix']}{self.number:06d}"

    @property
    def concept(self) -> str:
        """What was bought, in the receipt's language; after a change of plan the new one."""
        lines = self.snapshot["lines"]
        bought = [line for line in lines if line["net"] > 0] or lines
        return str(bought[0]["text"]) if bought else ""

    @property
    def shown_total(self) -> str:
        return money.show(self.total, self.currency)

    @property
    def carried(self) -> int:
        """What credit took off the total (negative), or earlier small amounts added."""
        return int(self.snapshot.get("carried") or 0)

    @property
    def paid(self) -> int:
        """What was really charged."""
        return self.total + self.carried

    @property
    def shown_credit(self) -> str:
        """The credit used; empty when there was none."""
        return money.show(-self.carried, self.currency) if self.carried < 0 else ""

    @property
    def shown_paid(self) -> str:
        return money.show(self.paid, self.currency)

    @property
    def shown_refund(self) -> str:
        """A credit note's total without its minus sign."""
        return money.show(abs(self.total), self.currency)
