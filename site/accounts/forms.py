"""Forms of people's own data."""

import zoneinfo
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import avatars, consent, hooks
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
    consent = forms.BooleanField()
    field_order = ["name", "email", "password1", "consent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = hooks.legal_documents(_language())
        if not self.documents:
            del self.fields["consent"]
            return
        self.fields["consent"].label = consent.sentence(self.documents)
        self.fields["consent"].error_messages["required"] = _(
            "You need to accept them to open an account."
        )

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            user: User = super().save(request)
            user.name = self.cleaned_data["name"]
            user.language = _language()
            user.save(update_fields=["name", "language"])
            consent.record(user, self.documents)
        return user


def _language() -> str:
    return (get_language() or "es")[:2]


class ProfileForm(forms.ModelForm[User]):
    avatar = forms.ImageField(
        label=_("Picture"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(avatars.TYPES)}),
        help_text=_("JPEG, PNG or WebP, up to 5 MB. It is cut to a square."),
    )

    class Meta:
        model = User
        fields = ["name", "avatar", "language", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone)
        self.fields["timezone"] = forms.ChoiceField(
            label=self.fields["timezone"].label,
            choices=[(zone, zone.replace("_", " ")) for zone in zones],
            help_text=self.fields["timezone"].help_text,
        )

    def clean_avatar(self) -> Any:
        """A new picture, made small; False removes the old one."""
        given = self.cleaned_data["avatar"]
        if not isinstance(given, UploadedFile):
            return given
        try:
            return avatars.small(given)
        except avatars.PictureError as error:
            raise forms.ValidationError(str(error)) from error

    def save(self, commit: bool = True) -> User:
        """The old picture's file goes when a new one comes."""
        before = User.objects.get(pk=self.instance.pk).avatar.name
        user: User = super().save(commit)
        if before and before != user.avatar.name:
            avatars.forget(before)
        return user


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
