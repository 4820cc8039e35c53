"""Who takes part and who may read: enrolment and access are two things."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Course


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def active(self) -> "EnrolmentQuerySet":
        return self.filter(ended_at__isnull=True)


class Enrolment(models.Model):
    """A student's place in a course; ending it keeps the row and all progress."""

    class Source(models.TextChoices):
        SELF = "self", _("The student")
        ACCESS = "access", _("Opened with access")
        STAFF = "staff", _("Staff")
        IMPORT = "import", _("Import")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("student"),
        on_delete=models.CASCADE,
        related_name="enrolments",
    )
    course = models.ForeignKey(
        Course,
        verbose_name=_("course"),
        on_delete=models.PROTECT,
        related_name="enrolments",
    )
    source = models.CharField(_("enrolled by"), max_length=10, choices=Source)
    started_at = models.DateTimeField(_("started"), default=now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    reason = models.CharField(_("why it ended"), max_length=200, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering: ClassVar[list[str]] = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=models.Q(ended_at__isnull=True),
                name="courses_enrolment_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("started_at")),
                name="courses_enrolment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.course}"


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    def valid_at(self, moment: datetime) -> "AccessGrantQuerySet":
        """Grants that open something at that moment."""
        return self.filter(
            models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=moment),
            models.Q(revoked_at__isnull=True) | models.Q(revoked_at__gt=moment),
            valid_from__lte=moment,
        )


class AccessGrant(models.Model):
    """A reason why a person may read paid lessons; access is any valid grant.

    scope_ref: empty for "all", the tier's code for "tier", Course.key for "course".
    source_ref: what the grant comes from, such as a subscription's id.
    """

    class Scope(models.TextChoices):
        ALL = "all", _("All courses")
        TIER = "tier", _("A tier")
        COURSE = "course", _("One course")

    class SourceKind(models.TextChoices):
        SUBSCRIPTION = "stripe_subscription", _("Subscription")
        PAYMENT = "stripe_payment", _("Payment")
        STAFF = "staff", _("Staff")
        GIFT = "gift", _("Gift")
        IMPORT = "import", _("Import")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("student"),
        on_delete=models.CASCADE,
        related_name="access_grants",
    )
    scope = models.CharField(_("opens"), max_length=10, choices=Scope)
    scope_ref = models.CharField(_("which one"), max_length=80, blank=True)
    source_kind = models.CharField(_("comes from"), max_length=20, choices=SourceKind)
    source_ref = models.CharField(_("reference"), max_length=120, blank=True)
    valid_from = models.DateTimeField(_("valid from"), default=now)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access grants")
        ordering: ClassVar[list[str]] = ["-valid_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "scope", "scope_ref", "source_kind", "source_ref"],
                name="courses_grant_once",
            ),
            models.CheckConstraint(
                condition=models.Q(scope="all", scope_ref="")
                | (models.Q(scope__in=["tier", "course"]) & ~models.Q(scope_ref="")),
                name="courses_grant_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="courses_grant_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_scope_display()} {self.scope_ref}".strip()
