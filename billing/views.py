"""Buying, and a person's own plan and receipts."""

import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.http import AuthenticatedRequest
from billing import (
    checkout,
    links,
    offers,
    ownership,
    pdf,
    sale,
    stripe_api,
    subscriptions,
)
from billing.models import CheckoutAttempt, PlanPrice, Receipt

logger = logging.getLogger(__name__)
# about half a minute of polling, every two seconds
POLLS = 15


class SeeOther(HttpResponseRedirect):
    status_code = 303


@login_required
@require_safe
@never_cache
def account(request: AuthenticatedRequest) -> HttpResponse:
    """Plan and receipts, in plain words."""
    context = {
        "states": subscriptions.states(request.user),
        "purchases": ownership.purchases(request.user),
        "can_change": settings.BILLING_ENABLED,
        "receipts": Receipt.objects.filter(user=request.user).select_related("series"),
        "has_customer": links.of(request.user) is not None,
        "pricing_url": pricing_url(),
    }
    return render(request, "billing/account.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def buy(request: AuthenticatedRequest, price_id: int) -> HttpResponse:
    """GET: what is about to be bought. POST: on to Stripe's payment page."""
    prices = PlanPrice.objects.select_related("plan")
    price = get_object_or_404(prices, pk=price_id, active=True, plan__active=True)
    if not sale.sells_to(request.user, price.plan):
        said = _("%(plan)s takes no new students at the moment.")
        messages.info(request, said % {"plan": price.plan.name})
        return redirect(pricing_url() or "billing:account")
    if request.method != "POST":
        card = offers.card_of(price)
        owned = ownership.owns(request.user, price.plan)
        context = {"card": card, "plan": price.plan, "owned": owned}
        return render(request, "billing/buy.html", context)
    try:
        language = translation.get_language() or request.user.language
        return SeeOther(checkout.start_checkout(request.user, price, language))
    except checkout.AlreadySubscribedError:
        messages.info(request, _("You have this plan already."))
        return redirect("billing:account")
    except stripe_api.AWAY:
        logger.warning("checkout not started", exc_info=True)
        return away(request)


@login_required
@require_safe
def cancelled(request: AuthenticatedRequest, price_id: int) -> HttpResponse:
    """Back from Stripe's page without paying."""
    price = get_object_or_404(PlanPrice.objects.select_related("plan"), pk=price_id)
    return render(request, "billing/cancelled.html", {"price": price})


def away(request: AuthenticatedRequest) -> HttpResponse:
    """Said when Stripe does not answer: nothing was charged, and what to do."""
    return render(request, "billing/away.html", status=503)


def _attempt(request: AuthenticatedRequest) -> CheckoutAttempt:
    """The checkout named in the address, of this person only."""
    session = request.GET.get("session", "")
    attempts = CheckoutAttempt.objects.select_related("user", "price__plan")
    if not session:
        raise Http404
    return get_object_or_404(attempts, user=request.user, session=session)


def _confirmed(attempt: CheckoutAttempt) -> bool:
    try:
        return checkout.confirm(attempt)
    except stripe_api.AWAY:
        logger.warning("checkout %s not confirmed yet", attempt, exc_info=True)
        return False


@login_required
@require_safe
@never_cache
def success(request: AuthenticatedRequest) -> HttpResponse:
    """Back from paying. Works before the webhook came, and when Stripe is slow."""
    attempt = _attempt(request)
    context = {
        "attempt": attempt,
        "price": attempt.price,
        "done": _confirmed(attempt),
        "poll_url": f"{reverse('billing:success-status')}?session={attempt.session}&n=1",
    }
    return render(request, "billing/success.html", context)


@login_required
@require_safe
@never_cache
def success_status(request: AuthenticatedRequest) -> HttpResponse:
    """The part of the success page that asks again every two seconds."""
    attempt = _attempt(request)
    count = request.GET.get("n", "1")
    number = int(count) if count.isdecimal() and len(count) < 4 else POLLS
    if _confirmed(attempt):
        done = f"{reverse('billing:success')}?session={attempt.session}"
        return HttpResponse(headers={"HX-Redirect": done})
    url = (
        f"{reverse('billing:success-status')}?session={attempt.session}&n={number + 1}"
    )
    return render(
        request,
        "billing/confirming.html",
        {"poll_url": url if number < POLLS else "", "waited": number >= POLLS},
    )


@login_required
@require_POST
def portal(request: AuthenticatedRequest) -> HttpResponse:
    """On to Stripe's own pages: card, address, tax number."""
    back = request.build_absolute_uri(reverse("billing:account"))
    try:
        return SeeOther(subscriptions.portal_url(request.user, back))
    except subscriptions.NotYoursError as error:
        raise Http404 from error
    except stripe_api.AWAY:
        logger.warning("portal not opened", exc_info=True)
        return away(request)


@login_required
@require_POST
def cancel(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    return _set_cancelling(request, subscription, cancelling=True)


@login_required
@require_POST
def resume(request: AuthenticatedRequest, subscription: str) -> HttpResponse:
    return _set_cancelling(request, subscription, cancelling=False)


def _set_cancelling(
    request: AuthenticatedRequest, subscription: str, *, cancelling: bool
) -> HttpResponse:
    try:
        subscriptions.set_cancelling(request.user, subscription, cancelling=cancelling)
    except subscriptions.NotYoursError as error:
        raise Http404 from error
    except stripe_api.AWAY:
        logger.warning("subscription %s not changed", subscription, exc_info=True)
        return away(request)
    if cancelling:
        messages.success(request, _("Your plan will not renew."))
    else:
        messages.success(request, _("Your plan goes on as before."))
    return redirect("billing:account")


@login_required
@require_safe
@never_cache
def receipt(request: AuthenticatedRequest, receipt_id: int) -> HttpResponse:
    """The PDF of one's own receipt; anybody else's does not exist."""
    found = get_object_or_404(Receipt, pk=receipt_id, user=request.user)
    try:
        content = pdf.ensure(found)
    except Exception:
        logger.exception("receipt %s cannot be rendered", found)
        return render(request, "billing/receipt_away.html", status=503)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{pdf.name_of(found)}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def pricing_url() -> str:
    """The pricing page in the active language, or an empty text."""
    from billing.models import PricingPage

    language = translation.get_language() or "es"
    page = PricingPage.objects.live().filter(locale__language_code=language[:2]).first()
    return str(page.url or "") if page else ""
