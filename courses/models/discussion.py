"""What readers of a lesson say to each other: messages, reports, who hears of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Item


class Comment(models.Model):
    """A message in the discussion of a lesson, in all its languages, or a reply to one.

    parent: set for a reply; replies have no replies. language: of the page it was
    written on. from_team: whether the author could edit the course then. deleted_at: the
    author took it back; the row stays, without text, while replies hang on it.
    """

    item = models.ForeignKey(
        Item,
        verbose_name=_("lesson"),
        on_delete=models.PROTECT,
        related_name="comments",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        on_delete=models.CASCADE,
        related_name="lesson_comments",
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="replies",
    )
    language = models.CharField(_("language"), max_length=5)
    text = models.TextField(_("message"), max_length=4000, blank=True)
    from_team = models.BooleanField(_("from the team"), default=False)
    created_at = models.DateTimeField(_("written"), default=now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    hidden_reason = models.CharField(_("why it is hidden"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar[list[str]] = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["item", "created_at"], name="courses_comment_lesson"),
            models.Index(fields=["user", "created_at"], name="courses_comment_author"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hidden_at__isnull=True)
                | ~models.Q(hidden_reason=""),
                name="courses_comment_hidden_why",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class CommentReport(models.Model):
    """Somebody asks the moderators to look at a message."""

    comment = models.ForeignKey(
        Comment, on_delete=models.CASCADE, related_name="reports"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300)
    created_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "user"], name="courses_report_once"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class DiscussionChoice(models.Model):
    """What mail a person wants from one discussion, when they said so.

    Without a row: replies to their own messages. wanted: every message, or none at all.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    wanted = models.BooleanField()

    class Meta:
        verbose_name = _("followed discussion")
        verbose_name_plural = _("followed discussions")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item"], name="courses_discussion_choice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.item}"
