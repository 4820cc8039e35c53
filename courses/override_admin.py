"""Openings for single students in the administration: owners list, give and remove them."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.views.generic import CreateView, DeleteView
from wagtail.admin.viewsets.model import ModelViewSet

from accounts.models import User
from courses import overrides
from courses.lesson_field import LessonField
from courses.models import DripOverride
from courses.staff import SavedByForm


class OpenForm(WagtailAdminModelForm):
    """One lesson for one or many students."""

    students = forms.CharField(
        label=gettext_lazy("Students"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("E-mail addresses, one a line or with commas."),
    )
    item = LessonField(label=gettext_lazy("Lesson"))

    class Meta:
        model = DripOverride
        fields = ("item", "opens_at", "note")

    field_order = ("students", "item", "opens_at", "note")

    def clean_students(self) -> list[User]:
        wanted = {
            one.lower()
            for one in re.split(r"[\s,;]+", self.cleaned_data["students"])
            if one
        }
        found = list(User.objects.filter(email__in=wanted))
        unknown = sorted(wanted - {user.email for user in found})
        if unknown:
            raise ValidationError(
                _("Nobody has an account with: %(addresses)s.")
                % {"addresses": ", ".join(unknown)}
            )
        return found

    def save(self, commit: bool = True) -> DripOverride:
        data = self.cleaned_data
        return overrides.give(
            data["students"],
            data["item"],
            by=self.for_user,
            opens_at=data["opens_at"],
            note=data["note"],
        )[-1]


class OpenView(SavedByForm, CreateView):
    pass


class RemoveView(DeleteView):
    def delete_action(self) -> None:
        overrides.remove(self.object, by=self.request.user)


class OverrideViewSet(ModelViewSet):
    model = DripOverride
    add_view_class = OpenView
    delete_view_class = RemoveView
    name = "drip_overrides"
    icon = "lock-open"
    menu_label = gettext_lazy("Openings")
    list_display = ("user", "item", "opens_at", "note", "by")
    search_fields = ("user__email", "user__name", "item__title")
    search_backend_name = None
    copy_view_enabled = False
    inspect_view_enabled = True
    list_export = ("user", "item", "opens_at", "note", "by", "created_at")
    exclude_form_fields: tuple[str, ...] = ()

    def get_form_class(self, for_update: bool = False) -> Any:
        return OpenForm
