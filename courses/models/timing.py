"""When modules and lessons open for a student: the conditions both kinds of page share."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Item
from website.seo import BasePage


class TimedPage(BasePage):
    """Conditions that must all hold before a student who has access may read.

    Days count from the start of the student's place in the course and end at the same
    time of day in the student's time zone. unlock_after: key of an Item or of a module.
    own_key, copied_from: how courses.copies recognises a copy, and what it is a copy of.
    """

    unlock_after_days = models.PositiveSmallIntegerField(
        _("opens days after the start"),
        null=True,
        blank=True,
        help_text=_(
            "Counted from the day the student started the course; it opens at the same "
            "time of day, in the student's time zone."
        ),
    )
    unlock_on = models.DateTimeField(
        _("opens on"),
        null=True,
        blank=True,
        help_text=_("Nobody can read it before this moment."),
    )
    unlock_after = models.UUIDField(
        _("opens after"),
        null=True,
        blank=True,
        help_text=_(
            "Opens when this lesson, or every required lesson of this module, is done."
        ),
    )
    own_key = models.UUIDField(null=True, editable=False)
    copied_from = models.UUIDField(null=True, editable=False)

    class Meta(BasePage.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> Any:
        from courses import copies

        if kwargs.get("update_fields"):
            return super().save(*args, **kwargs)
        copies.notice(self)
        result = super().save(*args, **kwargs)
        copies.follow(self)
        return result

    def clean(self) -> None:
        from courses import drip

        super().clean()
        drip.refuse_deadlock(self)


class DripOverride(models.Model):
    """One student may read one lesson from a moment on, whatever its conditions say.

    It changes when, never whether: access is still asked for. Written by courses.overrides.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("student"),
        on_delete=models.CASCADE,
        related_name="drip_overrides",
    )
    item = models.ForeignKey(
        Item,
        verbose_name=_("lesson"),
        on_delete=models.PROTECT,
        related_name="drip_overrides",
    )
    opens_at = models.DateTimeField(_("opens on"), default=now)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("given by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("given on"), auto_now_add=True)

    class Meta:
        verbose_name = _("opening for one student")
        verbose_name_plural = _("openings for one student")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "item"], name="courses_drip_override_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.item}"
