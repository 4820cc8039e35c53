"""Proof of a finished course, frozen when issued, and the keys that sign it."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Course


def private_storage() -> Storage:
    return storages["private"]


class CertificateKey(models.Model):
    """The public half of a key that signed certificates; stays published for good."""

    id = models.CharField(max_length=32, primary_key=True)
    public_key = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("certificate key")
        verbose_name_plural = _("certificate keys")
        ordering: ClassVar[list[str]] = ["created_at"]

    def __str__(self) -> str:
        return self.id


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid(self) -> "CertificateQuerySet":
        return self.filter(revoked_at__isnull=True, superseded_at__isnull=True)


class Certificate(models.Model):
    """Proof of a completed course as it was when issued; outlives the account.

    record: what is signed (courses.certificates.Record). design: how the PDF looks:
    layout, text, signatory, role. revoked_reason is shown to everybody.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        REVOKED = "revoked", _("Revoked")
        SUPERSEDED = "superseded", _("Replaced")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=40, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("student"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="certificates",
    )
    course = models.ForeignKey(
        Course,
        verbose_name=_("course"),
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    holder_name = models.CharField(_("holder"), max_length=200)
    course_title = models.CharField(_("course"), max_length=255)
    language = models.CharField(_("language"), max_length=5)
    completed_on = models.DateField(_("completed on"))
    issued_at = models.DateTimeField(_("issued"), default=now)
    syllabus = models.JSONField()
    design = models.JSONField(default=dict)
    record = models.JSONField(default=dict)
    signature = models.TextField(blank=True)
    key = models.ForeignKey(
        CertificateKey, null=True, on_delete=models.PROTECT, related_name="+"
    )
    pdf = models.FileField(
        _("PDF"), storage=private_storage, upload_to="certificates/", blank=True
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=200, blank=True)
    revoked_reason = models.CharField(
        _("reason of the revocation"), max_length=200, blank=True
    )
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True)
    supersedes = models.OneToOneField(
        "self",
        verbose_name=_("replaces"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="superseded_by",
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering: ClassVar[list[str]] = ["-issued_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True) | ~models.Q(revoked_by=""),
                name="courses_certificate_revoked_by",
            ),
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=models.Q(revoked_at__isnull=True, superseded_at__isnull=True),
                name="courses_certificate_one_valid",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> State:
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.SUPERSEDED if self.superseded_at else self.State.VALID

    @property
    def document(self) -> dict[str, Any]:
        """The signed file, as it is attached to the PDF."""
        signature = {
            "algorithm": "Ed25519",
            "key": self.key_id or "",
            "value": self.signature,
        }
        return {"record": self.record, "signature": signature}
