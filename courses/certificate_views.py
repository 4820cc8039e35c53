"""Certificates: the holder's own pages, and the public ones that say what is true."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.http import AuthenticatedRequest
from courses import certificate_keys, certificate_pdf, certificates, staff
from courses.certificate_forms import ClaimForm, FindForm
from courses.models import Certificate
from worker_api import addresses, rates

PER_MINUTE = 30  # public look-ups from one address

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """For a page anybody may open: kept out of search engines and caches, and counted."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait = rates.over(f"certificate:{addresses.client(request)}", PER_MINUTE)
        if wait is not None:
            response = render(request, "429.html", status=429)
            response["Retry-After"] = str(wait)
        else:
            response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@login_required
@require_safe
@never_cache
def mine(request: AuthenticatedRequest) -> HttpResponse:
    context = {
        "certificates": Certificate.objects.filter(user=request.user),
        "waiting": [
            (one, ClaimForm(initial={"name": request.user.name}))
            for one in certificates.waiting(request.user)
        ],
    }
    return render(request, "courses/certificates.html", context)


@login_required
@require_POST
def claim(request: AuthenticatedRequest, key: uuid.UUID) -> HttpResponse:
    """Issue a waiting certificate to the name the student confirms."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write the name the certificate should show."))
        return redirect("courses:certificates")
    try:
        certificates.claim(request.user, key, form.cleaned_data["name"])
    except certificates.CertificateStateError as error:
        raise Http404 from error
    messages.success(request, _("Your certificate is issued."))
    return redirect("courses:certificates")


@login_required
@require_safe
@never_cache
def download(request: AuthenticatedRequest, pk: uuid.UUID) -> HttpResponse:
    """The PDF, for its holder and for owners; a page that waits while it is made."""
    found = get_object_or_404(Certificate, pk=pk)
    if found.user_id != request.user.pk and not staff.is_owner(request.user):
        raise Http404
    content = certificate_pdf.stored(found)
    if content is None:
        response = render(
            request, "courses/certificate_waits.html", {"certificate": found}
        )
        response["Refresh"] = "10"
        return response
    name = certificate_pdf.name_of(found)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_safe
@public
def verify(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What a certificate says and whether it holds; JSON for who asks for JSON."""
    found = (
        Certificate.objects.select_related("superseded_by", "key").filter(pk=pk).first()
    )
    wants_json = (
        request.get_preferred_type(["text/html", "application/json"])
        == "application/json"
    )
    if found is None:
        response = _unknown(request, wants_json)
    elif wants_json:
        response = JsonResponse(_answer(found))
    else:
        context = {
            **certificate_pdf.context(found),
            "newer": getattr(found, "superseded_by", None),
        }
        response = render(request, "courses/certificate_verify.html", context)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
@public
def record(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The same answer as a JSON file to keep."""
    found = get_object_or_404(Certificate.objects.select_related("key"), pk=pk)
    response = JsonResponse(_answer(found), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return response


@require_http_methods(["GET", "POST"])
@public
def find(request: HttpRequest) -> HttpResponse:
    """From the printed number and the holder's name to the page that verifies it."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("courses:certificate", form.found.pk)
    return render(request, "courses/certificate_find.html", {"form": form})


@require_GET
def keys(request: HttpRequest) -> JsonResponse:
    """Every public key that signs or signed certificates; changes only by additions."""
    response = JsonResponse(certificate_keys.published())
    response["Cache-Control"] = "public, max-age=3600"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _unknown(request: HttpRequest, wants_json: bool) -> HttpResponse:
    if wants_json:
        return JsonResponse({"state": "unknown"}, status=404)
    return render(request, "courses/certificate_unknown.html", status=404)


def _answer(found: Certificate) -> dict[str, Any]:
    newer = getattr(found, "superseded_by", None)
    return {
        **found.document,
        "state": found.state.value,
        "revoked_at": found.revoked_at,
        "revoked_reason": found.revoked_reason,
        "superseded_by": newer.record["verify"] if newer else "",
    }
