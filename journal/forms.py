"""The note of a trade as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from journal.models import TradeNote
from journal.notes import MAX_TAGS

MAX_TAG = 30


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Why this trade? What went as planned, what did not?"),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=400,
        help_text=_("Separated by commas, such as: breakout, too early"),
    )

    @classmethod
    def of(cls, note: TradeNote | None, data: Any = None) -> "NoteForm":
        initial = {"text": note.text, "tags": ", ".join(note.tags)} if note else None
        return cls(data, initial=initial)

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\0", "")

    def clean_tags(self) -> list[str]:
        """Each once, in the order written."""
        tags = [tag.strip() for tag in self.cleaned_data["tags"].split(",")]
        found = list(dict.fromkeys(filter(None, tags)))
        if len(found) > MAX_TAGS:
            raise forms.ValidationError(
                gettext("A trade has at most %(most)s tags.") % {"most": MAX_TAGS}
            )
        if any(len(tag) > MAX_TAG for tag in found):
            raise forms.ValidationError(
                gettext("A tag has at most %(most)s characters.") % {"most": MAX_TAG}
            )
        return found
