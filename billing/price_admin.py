"""The prices copied from Stripe, and the one thing about them that is decided here."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet

from accounts.owners import OwnersOnly
from audit import trail
from billing.models import PlanPrice


class PriceForm(WagtailAdminModelForm):
    """For how long a price paid once opens; a subscription opens while it is paid."""

    class Meta:
        model = PlanPrice
        fields = ["access_days"]
        help_texts = {
            "access_days": _(
                "Empty: for good. People who bought before keep what they bought."
            )
        }

    def clean_access_days(self) -> int | None:
        days: int | None = self.cleaned_data["access_days"]
        if days is not None and self.instance.recurring:
            raise forms.ValidationError(
                _("A subscription has no days of access: it opens while it is paid.")
            )
        if days == 0:
            raise forms.ValidationError(_("Give one day or more, or leave it empty."))
        return days


class PriceIndexView(IndexView):
    def get_base_queryset(self) -> QuerySet[PlanPrice]:
        return PlanPrice.objects.select_related("plan")

    def get_add_url(self) -> None:
        return None

    def get_delete_url(self, instance: PlanPrice) -> None:
        return None


class PriceEditView(EditView):
    def get_history_url(self) -> None:
        return None

    def get_usage_url(self) -> None:
        return None

    def get_delete_url(self) -> None:
        return None

    def save_instance(self) -> PlanPrice:
        saved: PlanPrice = super().save_instance()
        trail.record(
            self.request.user,
            "price.access_days",
            f"price:{saved.stripe_price}",
            days=saved.access_days,
        )
        return saved


class PriceViewSet(ModelViewSet):
    model = PlanPrice
    name = "billing_prices"
    menu_label = _("Prices")
    icon = "list-ul"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = PriceIndexView
    edit_view_class = PriceEditView
    list_filter = ["plan", "currency", "active"]
    exclude_form_fields: list[str] = []
    list_display = [
        "__str__",
        Column("currency", label=_("Currency")),
        Column(
            "access_days", label=_("Days of access"), accessor=lambda row: _days(row)
        ),
        Column(
            "active",
            label=_("On sale"),
            accessor=lambda row: gettext("yes") if row.active else gettext("no"),
        ),
        Column("stripe_price", label=_("At Stripe")),
    ]

    @property
    def permission_policy(self) -> OwnersOnly:
        return OwnersOnly(self.model, ["view", "change"])

    def get_form_class(self, for_update: bool = False) -> Any:
        return PriceForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("edit/<int:pk>/", self.edit_view, name="edit"),
        ]

    def register_permissions(self) -> None:
        """Not offered to groups: owners only."""


def _days(price: PlanPrice) -> str:
    if price.recurring:
        return gettext("while it is paid")
    return str(price.access_days) if price.access_days else gettext("for good")
