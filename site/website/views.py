"""The views of the public site that are not pages."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from website import search as searching
from website import themes


@csrf_exempt
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme or palette in a cookie.

    Cached pages carry no CSRF token, so the request must say that it comes from this
    site; all it can change is how the site looks.
    """
    if not from_this_site(request):
        return HttpResponseForbidden(_("This form only works on this site."))
    response = redirect(safe_next(request))
    if request.POST.get("theme") in themes.THEMES:
        themes.remember(response, "theme", request.POST["theme"])
    if request.POST.get("palette") in themes.PALETTES:
        themes.remember(response, "palette", request.POST["palette"])
    return response


def from_this_site(request: HttpRequest) -> bool:
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(source).netloc == request.get_host()


def safe_next(request: HttpRequest) -> str:
    """Where to return: a path of this site, else the home page."""
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed else "/"


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Live public pages of the reader's language that contain the words."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    found = searching.find(request, language)
    status = 400 if found.too_long else 200
    return render(request, "website/search.html", {"found": found}, status=status)
