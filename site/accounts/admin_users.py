"""People in the Wagtail admin: one name, a language, a time zone.

Wagtail's own forms insist on a first and a last name, which AMI does not keep.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.forms import ModelForm
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import UserViewSet

from accounts.models import User

OWN_FIELDS = {"name", "language", "timezone"}


class PersonForm(ModelForm[User]):
    """Mixed into Wagtail's two forms; an address an owner types counts as confirmed."""

    first_name = None
    last_name = None

    def save(self, commit: bool = True) -> User:
        person = super().save(commit)
        if commit:
            EmailAddress.objects.filter(user=person).exclude(email=person.email).update(
                primary=False
            )
            EmailAddress.objects.update_or_create(
                user=person,
                email=person.email,
                defaults={"verified": True, "primary": True},
            )
        return person


class NewPersonForm(PersonForm, UserCreationForm):
    class Meta:
        model = User
        fields = {"email", "is_superuser", "groups"} | OWN_FIELDS
        widgets = UserCreationForm.Meta.widgets


class EditPersonForm(PersonForm, UserEditForm):
    class Meta:
        model = User
        fields = {"email", "is_active", "is_superuser", "groups"} | OWN_FIELDS
        widgets = UserEditForm.Meta.widgets


class PersonViewSet(UserViewSet):
    def get_form_class(self, for_update: bool = False) -> Any:
        return EditPersonForm if for_update else NewPersonForm
