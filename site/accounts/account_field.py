"""The form field by which staff name a person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class AccountField(forms.EmailField):
    """The address of an account; the cleaned value is the person."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("The e-mail address of their account.")
        super().__init__(**{"help_text": help_text, **kwargs})

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        user = User.objects.filter(email=address.lower()).first()
        if user is None:
            raise forms.ValidationError(_("Nobody has an account with this address."))
        return user
