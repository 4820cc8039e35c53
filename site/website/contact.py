"""Forms without robots and without losing an answer.

A field that people do not see must stay empty, and the form must not come back sooner
than a person can fill it in. Both work without JavaScript.
"""

import time
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.forms.forms import BaseForm, FormBuilder

from outbox import queue

SALT = "website.contact"
TRAP = "website_address"  # robots fill in what looks like a field
SHOWN = "shown"
MIN_SECONDS = 3
MAX_SECONDS = 24 * 60 * 60


class TrapWidget(forms.TextInput):
    """A text field that is off the page and out of the tab order."""

    def __init__(self) -> None:
        super().__init__(attrs={"tabindex": "-1", "autocomplete": "off"})


class GuardedFormBase(BaseForm):
    """The form people see: the editor's fields plus the two guards."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[TRAP] = forms.CharField(
            required=False, label=_("Leave this field empty"), widget=TrapWidget()
        )
        self.fields[SHOWN] = forms.CharField(required=False, widget=forms.HiddenInput())
        self.is_robot = False

    def clean(self) -> dict[str, Any]:
        """Drop the guards from the answer; a form sent too soon is asked for again."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.is_robot = bool(cleaned.pop(TRAP, ""))
        age = age_seconds(cleaned.pop(SHOWN, ""))
        if age is None:
            raise ValidationError(
                _("The form was open for too long. Please send it again.")
            )
        if age < MIN_SECONDS:
            raise ValidationError(
                _("That was very fast. Please check your answers and send them again.")
            )
        return cleaned

    def questions(self) -> list[forms.BoundField]:
        """The fields the editor made."""
        return [field for field in self if field.name not in {TRAP, SHOWN}]

    def shown_at(self) -> str:
        """The stamp to send along: the one that came back while it is good."""
        sent = self.data.get(SHOWN, "") if self.is_bound else ""
        return sent if age_seconds(sent) is not None else stamp()


class GuardedFormBuilder(FormBuilder):
    def get_form_class(self) -> type[forms.Form]:
        return type("WagtailForm", (GuardedFormBase,), self.formfields)


class GuardedForm:
    """Mixin for form pages: keeps an answer and queues its mail in one transaction."""

    form_builder = GuardedFormBuilder

    def process_form_submission(self, form: GuardedFormBase) -> Any:
        """Store the answer; None for a robot's, which is thanked and forgotten."""
        if form.is_robot:
            return None
        with transaction.atomic():
            submission = super().process_form_submission(form)  # type: ignore[misc]
            to_address = self.to_address or owner_address()  # type: ignore[attr-defined]
            if to_address:
                queue.put(
                    kind="form-mail",
                    key=f"form-mail:{submission.pk}",
                    payload={
                        "to": to_address,
                        "title": str(self.title),  # type: ignore[attr-defined]
                        "answers": answers(form),
                    },
                    language=settings.LANGUAGE_CODE,
                )
        return submission


def owner_address() -> str:
    """Where answers go when the form names no address."""
    from website.identity import SchoolSettings

    found = SchoolSettings.objects.exclude(contact_email="").first()
    return found.contact_email if found else ""


def answers(form: GuardedFormBase) -> list[list[str]]:
    """Label and value of every field, as text, in the form's order."""
    return [
        [str(field.label), as_text(form.cleaned_data.get(field.name))]
        for field in form.questions()
    ]


def as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def stamp() -> str:
    """The moment a form is shown, signed so that it cannot be made up."""
    return signing.dumps(time.time(), salt=SALT)


def age_seconds(value: str) -> float | None:
    """How long ago the form was shown; None for a stamp that is too old or not ours."""
    try:
        shown: float = signing.loads(value, salt=SALT, max_age=MAX_SECONDS)
    except signing.BadSignature:
        return None
    return time.time() - shown
