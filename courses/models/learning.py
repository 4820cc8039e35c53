"""What a student did: progress, video positions, quiz attempts, completions, notes."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.records import Course, Item


class ItemProgress(models.Model):
    """How far one student is with one lesson, in any language.

    read_at: when the end of the text was reached, for rules that ask for more than that.
    """

    class State(models.TextChoices):
        OPENED = "opened", _("Opened")
        FAILED = "failed", _("Quiz not passed yet")
        DONE = "done", _("Done")

    class Rule(models.TextChoices):
        VIEW = "view", _("Read to the end")
        MANUAL = "manual", _("Marked as done")
        QUIZ = "quiz", _("Passed the quiz")
        VIDEO = "video", _("Watched the video")
        STAFF = "staff", _("Staff")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="item_progress",
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="progress")
    state = models.CharField(max_length=10, choices=State, default=State.OPENED)
    first_opened = models.DateTimeField(default=now)
    last_opened = models.DateTimeField(default=now)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.CharField(max_length=10, choices=Rule, blank=True)
    seconds = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item"], name="courses_progress_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="done", completed_at__isnull=False, completed_by__gt=""
                )
                | models.Q(
                    state__in=["opened", "failed"],
                    completed_at__isnull=True,
                    completed_by="",
                ),
                name="courses_progress_done_has_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "-last_opened"], name="courses_progress_recent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.item} · {self.state}"


class VideoProgress(models.Model):
    """Where a student stopped in a video, and which parts were really played.

    position, duration: seconds. intervals: merged [[from, to], …] in whole seconds.
    seq: grows on the reader's side; an older message never moves the position back.
    source: what was played ("file:12", "youtube:…"); another one starts over.
    credit: seconds that may still be reported as played, see courses.video.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="video_progress",
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    block_id = models.CharField(max_length=64)
    position = models.PositiveIntegerField(default=0)
    duration = models.PositiveIntegerField(default=0)
    intervals = models.JSONField(default=list)
    seq = models.BigIntegerField(default=0)
    source = models.CharField(max_length=80, default="")
    credit = models.FloatField(default=0)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("video progress")
        verbose_name_plural = _("video progress")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item", "block_id"], name="courses_video_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.item} · {self.position} s"


class QuizVersion(models.Model):
    """A quiz as it was when published, with its key; never changed afterwards.

    content: {"pass_mark": int, "attempts": int, "title": str, "questions": [{"id", "kind",
    "text", "options": [{"id", "text", "correct", "feedback"}], "answer", "tolerance",
    "feedback"}]}; only when set: "minutes", "shuffle_questions", "shuffle_options",
    "explanation"; with short answers: "language", and "accepted": [{"id", "text"}] and
    "exact" in their questions. sha256 is that of the content as canonical JSON.
    """

    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="quiz_versions"
    )
    block_id = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("quiz version")
        verbose_name_plural = _("quiz versions")
        constraints = [
            models.UniqueConstraint(
                fields=["item", "block_id", "sha256"], name="courses_quiz_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} · {self.sha256[:8]}"


class QuizDraft(models.Model):
    """An attempt under way, on whatever device; submitting makes it a QuizAttempt.

    answers: as in QuizAttempt, unfinished. key: idempotency key of that attempt; seeds
    the shuffling. seq: grows with every save. closes_at: the end of a time limit.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="quiz_drafts",
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    block_id = models.CharField(max_length=64)
    version = models.ForeignKey(
        QuizVersion, on_delete=models.PROTECT, related_name="drafts"
    )
    answers = models.JSONField(default=dict)
    key = models.UUIDField(default=uuid.uuid4)
    seq = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=now)
    saved_at = models.DateTimeField(default=now)
    closes_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("open quiz attempt")
        verbose_name_plural = _("open quiz attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item", "block_id"], name="courses_draft_once"
            ),
            models.CheckConstraint(
                condition=models.Q(closes_at__isnull=True)
                | models.Q(closes_at__gt=models.F("opened_at")),
                name="courses_draft_closes_later",
            ),
        ]
        indexes = [models.Index(fields=["closes_at"], name="courses_draft_closing")]

    def __str__(self) -> str:
        return f"{self.user} · {self.item} · …"


class QuizAttempt(models.Model):
    """One submitted quiz. score: percent 0..100. answers: {question id: [option ids]
    or what was typed}; results: {question id: whether it was right}.

    version: what the student saw, for ever. graded_by: the version whose key gave the
    result, when that is another one (courses.regrade)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="quiz_attempts",
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="quiz_attempts"
    )
    block_id = models.CharField(max_length=64)
    n = models.PositiveIntegerField()
    version = models.ForeignKey(
        QuizVersion, on_delete=models.PROTECT, related_name="attempts"
    )
    graded_by = models.ForeignKey(
        QuizVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    regraded_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField()
    results = models.JSONField()
    score = models.DecimalField(max_digits=28, decimal_places=12)
    passed = models.BooleanField()
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(default=now)
    idempotency_key = models.UUIDField(default=uuid.uuid4)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        ordering: ClassVar[list[str]] = ["n"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item", "block_id", "n"], name="courses_attempt_number"
            ),
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="courses_attempt_once"
            ),
            models.CheckConstraint(
                condition=models.Q(n__gte=1), name="courses_attempt_from_one"
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=Decimal(0), score__lte=Decimal(100)),
                name="courses_attempt_score",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.item} · {self.n}"


class CourseCompletion(models.Model):
    """A finished course; lessons added later never take it back.

    syllabus: [{"key", "title", "required"}] as it was on that day.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="course_completions",
    )
    course = models.ForeignKey(
        Course, on_delete=models.PROTECT, related_name="completions"
    )
    completed_at = models.DateTimeField(_("completed"), default=now)
    syllabus = models.JSONField()

    class Meta:
        verbose_name = _("course completion")
        verbose_name_plural = _("course completions")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "course"], name="courses_completion_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.course}"


class Note(models.Model):
    """A student's own text beside a lesson, one of its blocks or a second of its video.

    quote: how the place reads in the lesson, kept for when the lesson changes or goes.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes"
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    block_id = models.CharField(max_length=64, blank=True)
    second = models.PositiveIntegerField(_("second"), null=True, blank=True)
    quote = models.CharField(_("place"), max_length=120, blank=True)
    text = models.TextField(_("note"), max_length=10_000)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["user", "item"], name="courses_note_lesson")]

    def __str__(self) -> str:
        return self.text[:60]


class Bookmark(models.Model):
    """A place a student wants to find again; second and quote as in Note."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks"
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    block_id = models.CharField(max_length=64, blank=True)
    second = models.PositiveIntegerField(_("second"), null=True, blank=True)
    quote = models.CharField(_("place"), max_length=120, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "item", "block_id", "second"],
                nulls_distinct=False,
                name="courses_bookmark_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.item}"
