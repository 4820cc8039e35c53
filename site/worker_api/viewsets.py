"""The owners' list of worker keys in the Wagtail admin."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from wagtail.admin.auth import permission_denied
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from worker_api import keys
from worker_api.models import WorkerKey


def _state(key: WorkerKey) -> str:
    if key.revoked_at:
        return gettext("revoked")
    return gettext("active") if key.is_valid(timezone.now()) else gettext("expired")


def _expiry(key: WorkerKey) -> str:
    return date_format(key.expires_at, "DATE_FORMAT")


class WorkerKeyIndex(IndexView):
    template_name = "worker_api/keys.html"

    def get_list_more_buttons(self, instance: WorkerKey) -> list[Button]:
        if instance.revoked_at:
            return []
        url = reverse("worker_keys:revoke", args=[instance.pk])
        return [Button(gettext("Revoke"), url=url, icon_name="cross")]


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end the key; it is refused from the next request on."""
    if not viewset.permission_policy.user_has_permission(request.user, "view"):
        return permission_denied(request)  # type: ignore[no-any-return]
    key = get_object_or_404(WorkerKey, pk=pk)
    if request.method == "POST":
        keys.revoke(key, actor=request.user)
        messages.success(request, gettext("The key %s is revoked.") % key)
        return redirect("worker_keys:index")
    return render(request, "worker_api/revoke.html", {"key": key})


class WorkerKeyViewSet(ModelViewSet):
    model = WorkerKey
    name = "worker_keys"
    menu_label = _("Workers")
    icon = "key"
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    menu_order = 850
    form_fields = ("name",)  # required by the viewset; no form is reachable
    index_view_class = WorkerKeyIndex
    search_fields = ("name", "key_id")
    list_display = (
        "name",
        Column("key_id", label=_("Key id")),
        Column("scopes", label=_("Scopes"), accessor=lambda key: ", ".join(key.scopes)),
        Column("state", label=_("State"), accessor=_state),
        DateColumn("last_used_at", label=_("Last used")),
        Column("expires_at", label=_("Expires"), accessor=_expiry),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("revoke/<int:pk>/", revoke, name="revoke"),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""

    def register_permissions(self) -> None:
        """Not offered to groups: owners only."""


viewset = WorkerKeyViewSet()
