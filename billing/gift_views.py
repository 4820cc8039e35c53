"""The page where a gift code is redeemed."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.http import AuthenticatedRequest
from billing import gifts
from worker_api import addresses, rates

# tries of one person, and of one address: sixty bits are not guessed at this pace
PER_MINUTE = 10
PER_MINUTE_AND_ADDRESS = 40


class RedeemForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Gift code"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters"}
        ),
        help_text=gettext_lazy("Spaces, dashes and small letters do not matter."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def redeem(request: AuthenticatedRequest) -> HttpResponse:
    """GET: the form, filled from ?code=. POST: redeem, then on to the dashboard."""
    if request.method != "POST":
        form = RedeemForm(initial={"code": request.GET.get("code", "")[:60]})
        return render(request, "billing/redeem.html", {"form": form})
    wait = _wait(request)
    if wait:
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = str(wait)
        return answer
    form = RedeemForm(request.POST)
    if form.is_valid():
        try:
            made = gifts.redeem(request.user, form.cleaned_data["code"])
        except gifts.GiftError as error:
            form.add_error("code", str(error))
        else:
            opens = gifts.opens(made.code)
            messages.success(
                request, _("Your gift is open: %(what)s.") % {"what": opens}
            )
            return redirect("accounts:dashboard")
    return render(request, "billing/redeem.html", {"form": form}, status=422)


def _wait(request: AuthenticatedRequest) -> int | None:
    """Seconds to wait when there were too many tries."""
    address = addresses.client(request)
    return rates.over(f"gift:{request.user.pk}", PER_MINUTE) or rates.over(
        f"gift:{address}", PER_MINUTE_AND_ADDRESS
    )
