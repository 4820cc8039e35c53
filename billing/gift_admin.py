"""Gift codes in the administration: make a batch, list, export, revoke."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from django_filters.filters import ChoiceFilter, UUIDFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import CreateView, IndexView, PermissionCheckedMixin
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput
from wagtail.admin.widgets.button import Button

from accounts.owners import OwnersOnly
from billing import gifts
from billing.models import GiftCode, Plan
from billing.rows_admin import RowsViewSet
from courses import grants
from courses.models import Course
from courses.spreadsheets import ScreenExport
from courses.staff import SavedByForm

MOST = 500
USABLE, USED_UP, EXPIRED, REVOKED = "usable", "used_up", "expired", "revoked"
STATES = [
    (USABLE, _("can be redeemed")),
    (USED_UP, _("used up")),
    (EXPIRED, pgettext_lazy("gift code", "expired")),
    (REVOKED, _("revoked")),
]


def state_of(code: GiftCode) -> str:
    if code.revoked_at:
        return REVOKED
    if code.used >= code.limit:
        return USED_UP
    if code.expires_at and code.expires_at <= timezone.now():
        return EXPIRED
    return USABLE


class GiftFilterSet(WagtailFilterSet):
    state = ChoiceFilter(
        label=_("State"), choices=STATES, method="in_state", empty_label=_("All")
    )
    batch = UUIDFilter(label=_("Batch"))

    class Meta:
        model = GiftCode
        fields = ["plan"]

    def in_state(
        self, queryset: QuerySet[GiftCode], name: str, value: str
    ) -> QuerySet[GiftCode]:
        revoked = ~Q(revoked_at=None)
        used_up = Q(used__gte=F("limit"))
        expired = Q(expires_at__lte=timezone.now())
        wanted = {
            REVOKED: revoked,
            USED_UP: ~revoked & used_up,
            EXPIRED: ~revoked & ~used_up & expired,
            USABLE: Q(revoked_at=None, used__lt=F("limit"))
            & (Q(expires_at=None) | Q(expires_at__gt=timezone.now())),
        }
        return queryset.filter(wanted[value])


class GiftForm(WagtailAdminModelForm):
    """A batch: what its codes open, for how many people, until when."""

    plan = forms.ModelChoiceField(
        label=_("Plan"), queryset=Plan.objects.all(), required=False
    )
    course = forms.ModelChoiceField(
        label=_("Or one course"), queryset=Course.objects.all(), required=False
    )
    count = forms.IntegerField(
        label=_("How many codes"), min_value=1, max_value=MOST, initial=1
    )
    limit = forms.IntegerField(
        label=_("People for each code"),
        min_value=1,
        max_value=100_000,
        initial=1,
        help_text=_("One person redeems a code once."),
    )
    access_days = forms.IntegerField(
        label=_("Days of access"),
        min_value=1,
        max_value=36_500,
        required=False,
        help_text=_("From the day it is redeemed. Empty: for good."),
    )
    last_day = forms.DateField(
        label=_("Last day to redeem"),
        required=False,
        widget=AdminDateInput,
        help_text=_("Empty: any time."),
    )

    class Meta:
        model = GiftCode
        fields = ["note"]

    field_order = [
        "plan", "course", "count", "limit", "access_days", "last_day", "note",
    ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(cleaned.get("plan")) == bool(cleaned.get("course")):
            self.add_error("plan", _("Choose a plan or a course, one of the two."))
        return cleaned

    def save(self, commit: bool = True) -> GiftCode:
        cleaned = self.cleaned_data
        last_day = cleaned["last_day"]
        course = cleaned["course"]
        made = gifts.create(
            self.for_user,
            cleaned["count"],
            plan=cleaned["plan"],
            course=course.key if course else None,
            limit=cleaned["limit"],
            access_days=cleaned["access_days"],
            expires_at=grants.end_of(last_day) if last_day else None,
            note=cleaned["note"],
        )
        return made[0]

    def _post_clean(self) -> None:
        """The rule makes the rows; the form's own instance is not one of them."""


class GiftIndexView(ScreenExport, IndexView):
    def get_base_queryset(self) -> QuerySet[GiftCode]:
        course = Course.objects.filter(key=OuterRef("course"))
        return GiftCode.objects.select_related("plan").annotate(
            course_title=Subquery(course.values("title"))
        )

    def get_edit_url(self, instance: GiftCode) -> None:
        return None

    def get_delete_url(self, instance: GiftCode) -> None:
        return None

    def get_list_more_buttons(self, instance: GiftCode) -> list[Any]:
        batch = f"{reverse('billing_gifts:index')}?batch={instance.batch}"
        buttons = [Button(gettext("Its batch"), url=batch, icon_name="list-ul")]
        if not instance.revoked_at:
            url = reverse("billing_gifts:revoke", args=[instance.pk])
            buttons.append(Button(gettext("Revoke"), url=url, icon_name="cross"))
        return buttons


class MakeGiftsView(SavedByForm, CreateView):
    page_title = _("New gift codes")
    submit_button_label = _("Make the codes")

    def get_success_message(self, instance: GiftCode) -> str:
        count = GiftCode.objects.filter(batch=instance.batch).count()
        return ngettext("%(count)s code made.", "%(count)s codes made.", count) % {
            "count": count
        }

    def get_success_buttons(self) -> list[Any]:
        return []

    def get_success_url(self) -> str:
        """The list of this batch, to copy or to export."""
        return f"{reverse('billing_gifts:index')}?batch={self.object.batch}"


class RevokeForm(forms.Form):
    also_access = forms.BooleanField(
        label=_("Also end the access it gave"),
        required=False,
        help_text=_("Their progress stays."),
    )


class RevokeGiftView(
    PermissionCheckedMixin,
    WagtailAdminTemplateMixin,
    FormView,  # type: ignore[type-arg]
):
    """Ask, then let nobody redeem the code any more."""

    model = GiftCode
    permission_policy = OwnersOnly(GiftCode, ["view", "add"])
    permission_required = "add"
    template_name = "billing/admin_gift_revoke.html"
    page_title = _("Revoke")
    header_icon = "cross"
    form_class = RevokeForm

    @cached_property
    def code(self) -> GiftCode:
        return get_object_or_404(GiftCode, pk=self.kwargs["pk"])

    def get_page_subtitle(self) -> str:
        return gettext("Revoke %(code)s") % {"code": self.code}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        codes = {"url": self.get_success_url(), "label": gettext("Gift codes")}
        here = {"url": "", "label": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, codes, here]

    def get_success_url(self) -> str:
        return reverse("billing_gifts:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            code=self.code,
            opens=gifts.opens(self.code),
            submit_button_label=_("Revoke the code"),
            back=self.get_success_url(),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        also = form.cleaned_data["also_access"]
        owner: Any = self.request.user
        gifts.revoke(self.code, owner, also_access=also)
        messages.success(self.request, gettext("Revoked: %s") % self.code)
        return redirect(self.get_success_url())


class GiftViewSet(RowsViewSet):
    model = GiftCode
    name = "billing_gifts"
    menu_label = _("Gift codes")
    icon = "gift"
    index_view_class = GiftIndexView
    add_view_class = MakeGiftsView
    filterset_class = GiftFilterSet
    search_fields = ["code", "note"]
    search_backend_name = None
    list_display = [
        "__str__",
        Column("opens", label=_("Opens"), accessor=lambda row: _opens(row)),
        Column("state", label=_("State"), accessor=lambda row: _word(row)),
        Column("used", label=_("Redeemed")),
        Column("limit", label=_("People")),
        Column("access_days", label=_("Days")),
        DateColumn("expires_at", label=_("Until")),
        Column("note", label=_("Note")),
        DateColumn("created_at", label=_("Made")),
    ]

    @property
    def permission_policy(self) -> OwnersOnly:
        return OwnersOnly(self.model, ["view", "add"])

    def get_form_class(self, for_update: bool = False) -> Any:
        return GiftForm

    def extra_urlpatterns(self) -> list[URLPattern]:
        return [
            path("new/", self.add_view, name="add"),
            path("revoke/<int:pk>/", RevokeGiftView.as_view(), name="revoke"),
        ]


def _word(code: GiftCode) -> str:
    return str(dict(STATES)[state_of(code)])


def _opens(code: Any) -> str:
    """For a row of the list, which knows its course's title."""
    return code.plan.name if code.plan else code.course_title or str(code.course)
