"""What owners see and do about students in the administration."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import CreateView, EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from accounts.account_field import AccountField
from accounts.owners import OwnersOnly, is_owner
from courses import grants
from courses.models import AccessGrant, Course
from courses.report_columns import MomentColumn
from courses.spreadsheets import ScreenExport

__all__ = ["AccessGrantViewSet", "OwnersOnly", "is_owner"]
SCOPES = [
    (AccessGrant.Scope.ALL, AccessGrant.Scope.ALL.label),
    (AccessGrant.Scope.COURSE, AccessGrant.Scope.COURSE.label),
]


class GiveAccessForm(WagtailAdminModelForm):
    """Access by hand, with the reason kept."""

    student = AccountField(label=_("Student"))
    scope = forms.ChoiceField(label=_("Opens"), choices=SCOPES)
    course = forms.ModelChoiceField(
        label=_("Course"),
        queryset=Course.objects.all(),
        required=False,
        help_text=_("Only for one course."),
    )

    class Meta:
        model = AccessGrant
        fields = ["valid_until", "note"]

    field_order = ["student", "scope", "course", "valid_until", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = _("Why; you will be glad to know in a year.")
        self.fields["valid_until"].help_text = _("Empty means without end.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        one_course = cleaned.get("scope") == AccessGrant.Scope.COURSE
        if one_course and not cleaned.get("course"):
            self.add_error("course", _("Choose the course."))
        until = cleaned.get("valid_until")
        if until and until <= now():
            self.add_error("valid_until", _("That day is over."))
        return cleaned

    def save(self, commit: bool = True) -> AccessGrant:
        cleaned = self.cleaned_data
        one_course = cleaned["scope"] == AccessGrant.Scope.COURSE
        return grants.by_hand(
            cleaned["student"],
            scope=cleaned["scope"],
            scope_ref=str(cleaned["course"].key) if one_course else "",
            valid_until=cleaned["valid_until"],
            note=cleaned["note"],
            actor=self.for_user or "admin",
        )


class ChangeAccessForm(WagtailAdminModelForm):
    """Only access given by hand can be changed here; the rest follows its source."""

    end_now = forms.BooleanField(label=_("End this access now"), required=False)

    class Meta:
        model = AccessGrant
        fields = ["valid_until", "note"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.source_kind != AccessGrant.SourceKind.STAFF:
            raise ValidationError(
                _("This access follows a payment. Change the subscription instead.")
            )
        return cleaned

    def save(self, commit: bool = True) -> AccessGrant:
        found: AccessGrant = self.instance
        note, actor = self.cleaned_data["note"], self.for_user or "admin"
        if self.cleaned_data["end_now"]:
            grants.end(found, reason=note, actor=actor)
        else:
            grants.grant(
                found.user,
                scope=found.scope,
                scope_ref=found.scope_ref,
                source_kind=found.source_kind,
                source_ref=found.source_ref,
                valid_until=self.cleaned_data["valid_until"],
                note=note,
                actor=actor,
            )
        return found


class SavedByForm:
    """The form calls the room's rule, which writes the audit trail; Wagtail adds nothing."""

    form: Any

    def save_instance(self) -> Any:
        return self.form.save()


class GiveAccessView(SavedByForm, CreateView):
    pass


class ChangeAccessView(SavedByForm, EditView):
    pass


class AccessIndexView(ScreenExport, IndexView):
    """Everybody's access, with its export."""

    def get_base_queryset(self) -> QuerySet[AccessGrant]:
        return AccessGrant.objects.select_related("user")

    def get_list_more_buttons(self, instance: AccessGrant) -> list[Any]:
        from courses import explainer

        buttons: list[Any] = super().get_list_more_buttons(instance)
        return [
            *buttons,
            Button(
                gettext("Student"),
                url=reverse("course_reports:student", args=[instance.user_id]),
                icon_name="user",
            ),
            Button(
                gettext("Why is a lesson open or locked?"),
                url=explainer.address(student=instance.user.email),
                icon_name="key",
            ),
        ]


class AccessGrantViewSet(ModelViewSet):
    model = AccessGrant
    index_view_class = AccessIndexView
    add_view_class = GiveAccessView
    edit_view_class = ChangeAccessView
    name = "access_grants"
    icon = "key"
    menu_label = _("Access")
    list_display = [
        "user",
        Column("opens", label=_("Opens"), accessor=grants.describe),
        "source_kind",
        MomentColumn("valid_from", label=_("Valid from"), sort_key="valid_from"),
        MomentColumn("valid_until", label=_("Valid until"), sort_key="valid_until"),
        MomentColumn("revoked_at", label=_("Revoked"), sort_key="revoked_at"),
        "source_ref",
        "note",
    ]
    list_filter = ["scope", "source_kind", "revoked_at"]
    search_fields = ["user__email", "user__name", "source_ref"]
    search_backend_name = None
    copy_view_enabled = False
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []

    def get_form_class(self, for_update: bool = False) -> Any:
        return ChangeAccessForm if for_update else GiveAccessForm
