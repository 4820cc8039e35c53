"""Lists of students uploaded as a file: every line with what became of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from courses.models.enrolments import Enrolment
from courses.models.records import Course


class EnrolmentImport(models.Model):
    """One uploaded file. touched_at: when the last part of it was worked on."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, nothing done yet")
        RUNNING = "running", _("Being applied")
        DONE = "done", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("file"), max_length=200)
    by = models.CharField(_("uploaded by"), max_length=254)
    undone_by = models.CharField(_("undone by"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("uploaded"), default=now)
    give_access = models.BooleanField(_("gives access"), default=False)
    send_mail = models.BooleanField(_("sends the welcome mail"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.CHECKING
    )
    total = models.PositiveIntegerField(_("lines"), default=0)
    ignored = models.JSONField(_("columns left out"), default=list)
    touched_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("enrolment list")
        verbose_name_plural = _("enrolment lists")
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def source_ref(self) -> str:
        """Names this list in the access it gives, so that only that is undone."""
        return f"import:{self.pk}"

    @property
    def at_work(self) -> bool:
        working = (self.State.CHECKING, self.State.RUNNING, self.State.UNDOING)
        return self.state in working


class EnrolmentImportRow(models.Model):
    """One line of the file. enrolment: the place this list made, None otherwise."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Not checked yet")
        ENROL = "enrol", _("Will be enrolled")
        EXTEND = "extend", _("Takes the course already; access will be given")
        ALREADY = "already", _("Takes the course already")
        BAD_EMAIL = "bad-email", _("This is no e-mail address")
        UNKNOWN_PERSON = "unknown-person", _("Nobody has an account with this address")
        INACTIVE = "inactive", _("This account is not active")
        UNKNOWN_COURSE = "unknown-course", _("No course has this code")
        BAD_DATE = "bad-date", _("This is no date; write 2026-12-31")
        PAST_DATE = "past-date", _("This day has passed")
        REPEATED = "repeated", _("The same person and course as a line above")
        EXTRA = "extra", _("More cells than the first line has columns")
        EMPTY = "empty", _("Empty line")
        ENCODING = "encoding", _("Not UTF-8 text; save the file as “CSV UTF-8”")
        UNREADABLE = "unreadable", _("A quotation mark without its pair")
        ENROLLED = "enrolled", _("Enrolled")
        EXTENDED = "extended", _("Access given")
        UNDONE = "undone", _("Undone")

    upload = models.ForeignKey(
        EnrolmentImport, on_delete=models.CASCADE, related_name="rows"
    )
    line = models.PositiveIntegerField(_("line"))
    email = models.CharField(_("e-mail address"), max_length=254)
    code = models.CharField(_("course"), max_length=120)
    until_text = models.CharField(_("access until"), max_length=40, blank=True)
    until = models.DateTimeField(null=True)
    outcome = models.CharField(_("result"), max_length=16, choices=Outcome)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="enrolment_import_rows",
    )
    course = models.ForeignKey(
        Course, null=True, on_delete=models.PROTECT, related_name="+"
    )
    enrolment = models.ForeignKey(
        Enrolment, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("line of an enrolment list")
        verbose_name_plural = _("lines of an enrolment list")
        ordering: ClassVar[list[str]] = ["line"]
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "line"], name="courses_import_line_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["upload", "outcome", "line"], name="courses_import_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.email} · {self.code}"
