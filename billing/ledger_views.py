"""The accountant's files in the Wagtail admin, for owners."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from accounts.owner_views import OwnersView
from audit import trail
from billing import ledger
from billing.models import InvoiceSeries
from billing.owner_pages import OwnersPage, OwnersViewSet


class LedgerView(OwnersPage, TemplateView):
    page_title = _("For the accountant")
    header_icon = "table"
    template_name = "billing/admin/ledger.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        months: dict[date, list[ledger.Volume]] = {}
        for volume in ledger.volumes():
            months.setdefault(volume.month, []).append(volume)
        return super().get_context_data(months=list(months.items()), **kwargs)


class LedgerFileView(OwnersView, View):
    """A month as CSV, of one series or of all; who took it is in the audit trail."""

    def get(
        self, request: HttpRequest, year: int, month: int, series: str = ""
    ) -> HttpResponse:
        if not (2000 <= year <= 9998 and 1 <= month <= 12):
            raise Http404
        if series:
            get_object_or_404(InvoiceSeries, code=series)
        rows = ledger.receipts_of(date(year, month, 1), series)
        name = "-".join(filter(None, [f"{year}-{month:02d}", series]))
        content = ledger.text(rows)
        trail.record(request.user, "billing.ledger", name, documents=len(rows))
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )


class LedgerViewSet(OwnersViewSet):
    name = "billing_ledger"
    menu_label = _("For the accountant")
    icon = "table"

    def get_urlpatterns(self) -> list[URLPattern]:
        file = LedgerFileView.as_view()
        return [
            path("", LedgerView.as_view(), name="index"),
            path("<int:year>/<int:month>/", file, name="month"),
            path("<int:year>/<int:month>/<slug:series>/", file, name="series"),
        ]
