"""Response headers of the whole site: permissions policy, and the admin's own CSP.

The Wagtail and Django admins use inline scripts and styles, so they get a policy of
their own; the public site keeps SECURE_CSP (default-src 'none').
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.csp import CSP

ADMIN_PREFIXES = ("/admin/", "/django-admin/", "/api/internal/docs", "/api/v3/docs")
SITE_CSP: dict[str, list[str]] = settings.SECURE_CSP
ADMIN_CSP: dict[str, list[str]] = {
    **SITE_CSP,
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "frame-src": [CSP.SELF, *SITE_CSP["frame-src"]],
    "worker-src": [CSP.SELF, "blob:"],
}
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SiteHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if request.path.startswith(ADMIN_PREFIXES) and not hasattr(
            response, "_csp_config"
        ):
            header = CSP.HEADER_ENFORCE.value
            if header in response.headers:
                response.headers[header] = build(ADMIN_CSP)
        return response


def build(policy: dict[str, list[str]]) -> str:
    """The header's text for a policy without nonces."""
    return "; ".join(
        f"{name} {' '.join(map(str, values))}" for name, values in policy.items()
    )
