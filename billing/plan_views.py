"""Changing the plan: choose, look at what it costs, confirm."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.http import AuthenticatedRequest
from billing import offers, pending_views, plan_change, stripe_api, views
from billing.subscriptions import NotYoursError

logger = logging.getLogger(__name__)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    """GET: the plans to change to; with ?price=, what the change costs. POST: do it."""
    try:
        if request.method == "POST":
            return _apply(request, subscription)
        if "price" in request.GET:
            return _preview(request, subscription)
        return _choose(request, subscription)
    except NotYoursError as error:
        raise Http404 from error
    except plan_change.CannotChangeError:
        messages.error(request, _("Your plan cannot be changed to this one now."))
        return redirect("billing:account")
    except stripe_api.AWAY:
        logger.warning("plan of %s not changed", subscription, exc_info=True)
        return views.away(request)


def _choose(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    prices = plan_change.choices(request.user, subscription)
    context = {
        "cards": [offers.card_of(price) for price in prices],
        "subscription": subscription,
    }
    return render(request, "billing/change_choose.html", context)


def _preview(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    asked = pending_views.asked_price(request)
    preview = plan_change.preview(request.user, subscription, asked)
    return render(request, "billing/change_preview.html", {"preview": preview})


def _apply(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    token = request.POST.get("token", "")
    try:
        done = plan_change.apply(request.user, subscription, token)
    except plan_change.OutdatedError:
        messages.warning(
            request, _("The amounts were no longer right. Please look at them again.")
        )
        return _again(request, subscription)
    except plan_change.DeclinedError:
        text = _(
            "Your card was declined. Nothing was charged or changed: try another card, "
            "under Card and address."
        )
        messages.error(request, text)
        return _again(request, subscription)
    if done.waits:
        return redirect(pending_views.url_of(subscription, done.price.pk))
    pending_views.say_changed(request, done.price)
    return redirect("billing:account")


def _again(request: HttpRequest, subscription: str) -> HttpResponse:
    """Back to the preview of the same price, or to the account."""
    price = request.POST.get("price", "")
    if not price.isdecimal():
        return redirect("billing:account")
    url = reverse("billing:change", args=[subscription])
    return redirect(f"{url}?price={price}")
