"""Telling the bank: the page a person waits on while a change of plan is confirmed."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import AuthenticatedRequest
from billing import (
    entitlements,
    mirror,
    pending_change,
    stripe_api,
    subscriptions,
    views,
)
from billing.models import PlanPrice
from billing.stripe_api import Json

logger = logging.getLogger(__name__)


def _owned(request: AuthenticatedRequest, subscription: str) -> Json:
    try:
        return subscriptions.owned(request.user, subscription)
    except subscriptions.NotYoursError as error:
        raise Http404 from error


def url_of(subscription: str, price: int) -> str:
    """price: the PlanPrice asked for, to tell afterwards whether it came."""
    url = reverse("billing:confirm-change", args=[subscription])
    return f"{url}?price={price}"


@login_required
@require_safe
@never_cache
def confirm(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    """Where to confirm; once that is done, on to the account. With ?poll= only the local
    copy is looked at: an empty answer while nothing has changed."""
    row = _owned(request, subscription)
    polling = "poll" in request.GET
    if not polling:
        try:
            row = pending_change.look(request.user, subscription, row["customer"])
        except stripe_api.AWAY:
            logger.warning("change of %s not looked up", subscription, exc_info=True)
    invoices = mirror.of_customer("invoice", row["customer"])
    waiting = pending_change.waiting(row, invoices)
    again = f"{request.path}?price={asked_price(request)}"
    if polling:
        if waiting:
            return HttpResponse(status=204)
        return HttpResponse(headers={"HX-Redirect": again})
    if waiting is None:
        return _done(request, row)
    context = {"waiting": waiting, "subscription": subscription, "again": again}
    return render(request, "billing/change_confirm.html", context)


def asked_price(request: HttpRequest) -> int:
    """The PlanPrice that ?price= names; 0, which is none, for anything else."""
    number = request.GET.get("price", "")
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _done(request: AuthenticatedRequest, row: Json) -> HttpResponse:
    asked = PlanPrice.objects.filter(pk=asked_price(request))
    price = asked.select_related("plan").first()
    now = entitlements.items(row)[0]["price"]["id"]
    if price and price.stripe_price == now:
        say_changed(request, price)
    else:
        messages.info(
            request, _("The change was not confirmed. Nothing was charged or changed.")
        )
    return redirect("billing:account")


def say_changed(request: HttpRequest, price: PlanPrice) -> None:
    text = _("Done: your plan is %(plan)s now.") % {"plan": price.title}
    messages.success(request, text)


@login_required
@require_POST
def drop(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    """The person thought better of it."""
    row = _owned(request, subscription)
    try:
        pending_change.drop(request.user, row)
    except stripe_api.AWAY:
        logger.warning("change of %s not dropped", subscription, exc_info=True)
        return views.away(request)
    messages.success(request, _("Your plan stays as it is. Nothing was charged."))
    return redirect("billing:account")
