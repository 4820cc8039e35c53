"""What people type about certificates."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses import certificates
from courses.models import Certificate


class ClaimForm(forms.Form):
    """The name a certificate will show for good."""

    name = forms.CharField(
        label=_("Name on the certificate"),
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As in your papers; it cannot be changed afterwards."),
    )


class FindForm(forms.Form):
    """The printed number says nothing without the holder's name, so that numbers
    cannot be tried to collect names. `found` after is_valid()."""

    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Such as AMI-2026-7KQ4-MX2P; it is printed beside the code."),
    )
    name = forms.CharField(
        label=_("Name of the holder"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    found: Certificate

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "number" in cleaned and "name" in cleaned:
            number = certificates.normal_number(cleaned["number"])
            found = Certificate.objects.filter(number=number).first()
            if found is None or _plain(found.holder_name) != _plain(cleaned["name"]):
                raise forms.ValidationError(
                    _(
                        "No certificate has this number and this name. Check both: "
                        "they must be as printed."
                    )
                )
            self.found = found
        return cleaned


def _plain(name: str) -> str:
    """A name without accents, case and extra spaces."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(kept.split())
