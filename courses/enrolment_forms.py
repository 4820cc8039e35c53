"""What owners fill in to enrol, withdraw and extend."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateInput

from accounts.account_field import AccountField
from accounts.models import User
from courses import enrolment, grants, many
from courses.models import AccessGrant, Course, Enrolment


def future(day: date | None) -> date | None:
    """Raises ValidationError for a day that has passed."""
    if day and day < localdate():
        raise ValidationError(_("This day has passed."))
    return day


class EnrolForm(WagtailAdminModelForm):
    """One student into one course, with access to its paid lessons if wanted."""

    student = AccountField(label=_("Student"))
    course = forms.ModelChoiceField(
        label=_("Course"),
        queryset=Course.objects.all(),
        help_text=_("Also one that is closed to new students."),
    )
    give_access = forms.BooleanField(
        label=_("Give access to the paid lessons"),
        required=False,
        help_text=_("Not needed when they have a subscription or the course is free."),
    )
    access_until = forms.DateField(
        label=_("Access until"),
        required=False,
        widget=AdminDateInput,
        help_text=_("That day included. Empty means without end."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        help_text=_("Why; you will be glad to know in a year."),
    )

    class Meta:
        model = Enrolment
        fields = ["course"]

    field_order = ["student", "course", "give_access", "access_until", "note"]

    def clean_student(self) -> User:
        user: User = self.cleaned_data["student"]
        if not user.is_active:
            raise ValidationError(_("This account is not active."))
        return user

    def clean_access_until(self) -> date | None:
        return future(self.cleaned_data["access_until"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        user, course = cleaned.get("student"), cleaned.get("course")
        taken = Enrolment.objects.active().filter(user=user, course=course)
        if user and course and taken.exists():
            self.add_error("student", _("This person takes the course already."))
        if cleaned.get("access_until") and not cleaned.get("give_access"):
            self.add_error("give_access", _("Tick this to give access until that day."))
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> Enrolment:
        cleaned, actor = self.cleaned_data, self.for_user or "admin"
        place = enrolment.enrol(
            cleaned["student"],
            cleaned["course"],
            source=Enrolment.Source.STAFF,
            actor=actor,
        )
        if cleaned["give_access"]:
            extend([place], cleaned["access_until"], note=cleaned["note"], actor=actor)
        return place


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Kept with the enrolment and in the audit trail."),
    )


class UntilForm(forms.Form):
    access_until = forms.DateField(
        label=_("Access until"),
        required=False,
        widget=AdminDateInput,
        help_text=_("That day included. Empty means without end."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean_access_until(self) -> date | None:
        return future(self.cleaned_data["access_until"])


def extend(
    places: list[Enrolment], day: date | None, *, note: str, actor: Any, batch: str = ""
) -> int:
    """Give access to the places' courses until that day (None: without end).

    Nobody's access gets shorter. How many people got more than they had.
    """
    until = grants.end_of(day) if day else None
    given = many.give_access(
        [many.Access(row.user_id, row.course_id, until) for row in places],
        source_kind=AccessGrant.SourceKind.STAFF,
        source_ref=grants.BY_HAND,
        note=note,
        actor=actor,
        batch=batch,
    )
    return len(given)
