"""Forms of people's own data."""

import zoneinfo
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignupForm(AllauthSignupForm):
    """E-mail, password and the name we greet people by."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("How we greet you."),
    )
    field_order = ["name", "email", "password1"]

    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        user.name = self.cleaned_data["name"]
        user.language = (get_language() or "es")[:2]
        user.save(update_fields=["name", "language"])
        return user


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["name", "language", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone)
        self.fields["timezone"] = forms.ChoiceField(
            label=self.fields["timezone"].label,
            choices=[(zone, zone.replace("_", " ")) for zone in zones],
            help_text=self.fields["timezone"].help_text,
        )


class EraseForm(forms.Form):
    """Typing the own address confirms an erasure."""

    email = forms.EmailField(
        label=_("Type your e-mail address to confirm"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email.lower() != self.user.email:
            raise forms.ValidationError(_("This is not the address of this account."))
        return email
