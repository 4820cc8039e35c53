"""Gift codes, and who redeemed them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.plans import Plan


class GiftCode(models.Model):
    """A code that opens a plan or a course without payment, for `limit` people.

    code: in its plain form (`billing.gifts.plain`); digest: SHA-256 of it, for look-ups
    whose time says nothing about the code. Codes made together share a batch.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    batch = models.UUIDField(_("batch"), default=uuid.uuid4, db_index=True)
    plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="gift_codes",
        verbose_name=_("plan"),
    )
    course = models.UUIDField(_("course"), null=True, blank=True)
    limit = models.PositiveIntegerField(_("people who may redeem it"), default=1)
    used = models.PositiveIntegerField(_("redeemed"), default=0)
    access_days = models.PositiveIntegerField(
        _("days of access"), null=True, blank=True
    )
    expires_at = models.DateTimeField(_("can be redeemed until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("gift code")
        verbose_name_plural = _("gift codes")
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(plan=None) ^ Q(course=None), name="billing_gift_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("limit")), name="billing_gift_limit"
            ),
        ]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """In groups of four, as people read it."""
        return "-".join(
            self.code[start : start + 4] for start in range(0, len(self.code), 4)
        )

    @property
    def source_ref(self) -> str:
        """What the grants it gave name as their source."""
        return f"gift:{self.pk}"


class GiftRedemption(models.Model):
    """One person's use of a code. Stays, without the person, when they are erased."""

    code = models.ForeignKey(GiftCode, models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="gift_redemptions",
        verbose_name=_("person"),
    )
    redeemed_at = models.DateTimeField(_("redeemed"), default=timezone.now)
    valid_until = models.DateTimeField(_("access until"), null=True, blank=True)

    class Meta:
        verbose_name = _("redeemed gift")
        verbose_name_plural = _("redeemed gifts")
        ordering: ClassVar[list[str]] = ["-redeemed_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["code", "user"], name="billing_gift_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.user}"
