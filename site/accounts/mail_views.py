"""The page of mail preferences, and the links at the foot of every mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import mail_preferences
from accounts.http import AuthenticatedRequest


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def preferences(request: AuthenticatedRequest) -> HttpResponse:
    choices = mail_preferences.choices(request.user)
    if request.method == "POST":
        ticked = set(request.POST.getlist("kinds"))
        for choice in choices:
            wanted = choice.kind.code in ticked
            if wanted != choice.wanted:
                mail_preferences.choose(request.user, choice.kind.code, wanted)
        messages.success(request, _("Your choice is saved."))
        return redirect("accounts:mail-preferences")
    return render(request, "accounts/mail_preferences.html", {"choices": choices})


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, so that a mail scanner changes nothing; POST switches the kind off.

    Needs no sign-in and no CSRF token: mail programs post here (RFC 8058), and the
    signed token is the permission.
    """
    try:
        user, kind = mail_preferences.read_token(token)
    except mail_preferences.UnknownLinkError as error:
        raise Http404(_("This link is not valid any more.")) from error
    if request.method == "POST":
        mail_preferences.choose(user, kind.code, "again" in request.POST)
    context = {"kind": kind, "wanted": mail_preferences.wants(user, kind.code)}
    return render(request, "accounts/unsubscribe.html", context)
