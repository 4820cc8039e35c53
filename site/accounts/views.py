"""The start page's language choice, the dashboard, and a person's own data."""

import json

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import hooks, privacy
from accounts.forms import EraseForm, ProfileForm
from accounts.http import AuthenticatedRequest


@require_safe
def start_page(request: HttpRequest) -> HttpResponse:
    """`/` answers in the reader's language: /es/ or /en/."""
    language = translation.get_language_from_request(request)
    response = redirect(f"/{language}/")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@login_required
@require_safe
def dashboard(request: AuthenticatedRequest) -> HttpResponse:
    """What to continue, and what every installed room has to show."""
    panels = hooks.dashboard_panels(request)
    return render(request, "accounts/dashboard.html", {"panels": panels})


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: AuthenticatedRequest) -> HttpResponse:
    form = ProfileForm(
        request.POST or None, request.FILES or None, instance=request.user
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def data(request: AuthenticatedRequest) -> HttpResponse:
    """A copy of everything, and the way out."""
    blockers = privacy.erase_blockers(request.user)
    form = EraseForm(request.POST or None, user=request.user)
    if request.method == "POST" and not blockers and form.is_valid():
        privacy.erase(request.user)
        logout(request)
        messages.success(request, _("Your account is erased."))
        return redirect("/")
    return render(request, "accounts/data.html", {"form": form, "blockers": blockers})


@login_required
@require_safe
def download_data(request: AuthenticatedRequest) -> HttpResponse:
    document = json.dumps(privacy.export(request.user), indent=2, ensure_ascii=False)
    response = HttpResponse(document, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response["Cache-Control"] = "private, no-store"
    return response
