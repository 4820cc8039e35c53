"""The student's pages; trade data is read-only, notes are theirs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import AuthenticatedRequest
from journal import curve, export, figures, listing, month, notes
from journal.forms import NoteForm
from journal.models import Account, Roll, Trade
from journal.period import View

WIDE, NARROW = (1080, 300, 6), (360, 230, 3)


def _accounts(request: AuthenticatedRequest) -> QuerySet[Account]:
    return Account.objects.filter(user=request.user)


def _view(
    request: AuthenticatedRequest, accounts: list[Account]
) -> tuple[View, list[str]]:
    """What the URL asks for, and the currencies to choose from; 404 for strangers'."""
    asked = request.GET.get("account")
    found = [item for item in accounts if asked in {None, "", str(item.pk)}]
    if not found:
        raise Http404
    account = found[0]
    rolls = Roll.objects.filter(account=account).values_list("currency", flat=True)
    currencies = sorted({*rolls.distinct()} | {account.base_currency})
    currency = request.GET.get("currency", account.base_currency)
    if currency not in currencies:
        raise Http404
    return View.read(request.GET, account, currency), currencies


@login_required
@require_safe
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """Key figures, curve, calendar and trades of one account."""
    accounts = list(_accounts(request))
    if not accounts:
        return render(request, "journal/empty.html")
    view, currencies = _view(request, accounts)
    context = {"view": view, "accounts": accounts, "currencies": currencies}
    context |= _figures(view) | _curve(view)
    first = month.chosen(view, request.GET.get("month"))
    page = listing.page(view, request.GET.get("after", ""))
    context |= {
        "month": month.table(view, first),
        "page": page,
        "notes": notes.having(page.trades),
        "open_positions": listing.open_positions(view),
        "symbols": listing.by_symbol(view),
    }
    return render(request, "journal/dashboard.html", context)


def _figures(view: View) -> dict[str, Any]:
    sums, fall = figures.totals(view), figures.deepest_fall(view)
    few = 0 < sums.count < figures.FEW
    return {"sums": sums, "strip": figures.strip(view, sums, fall), "few": few}


def _curve(view: View) -> dict[str, Any]:
    points = curve.points(view)
    if not points:
        return {"points": []}
    return {
        "points": points,
        "sentence": curve.sentence(points, view.currency),
        "wide": curve.draw(points, *WIDE),
        "narrow": curve.draw(points, *NARROW),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def trade(request: AuthenticatedRequest, pk: UUID) -> HttpResponse:
    """One trade with its executions, and the student's note about it."""
    found = get_object_or_404(
        Trade.objects.select_related("instrument", "account"),
        pk=pk,
        account__in=_accounts(request),
    )
    note = notes.of(found)
    form = NoteForm.of(note, request.POST or None)
    if request.method == "POST" and form.is_valid():
        notes.save(found, **form.cleaned_data)
        messages.success(request, _("Your note is saved."))
        return redirect(found)
    parts = found.parts.select_related("fill").order_by("fill__executed_at", "fill_id")
    context = {"trade": found, "parts": parts, "form": form, "note": note,
               "view": View(found.account, found.currency)}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "journal/trade.html", context, status=status)


@login_required
@require_safe
def trades_csv(request: AuthenticatedRequest) -> StreamingHttpResponse:
    view, _currencies = _view(request, list(_accounts(request)))
    name = f"trades-{view.account.pk.hex[:8]}.csv"
    return StreamingHttpResponse(
        export.lines(view),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
