"""Staff need a second factor before an admin page opens."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

ADMIN_PREFIXES = ("/admin/", "/django-admin/")


class StaffMfaMiddleware:
    """Send people without TOTP or passkey from the admins to the page that adds one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._must_add_factor(request):
            messages.warning(
                request,
                _(
                    "Add a second step to your sign-in before you open the administration."
                ),
            )
            return redirect("mfa_index")
        return self.get_response(request)

    @staticmethod
    def _must_add_factor(request: HttpRequest) -> bool:
        return (
            settings.STAFF_MFA_REQUIRED
            and request.path.startswith(ADMIN_PREFIXES)
            and request.user.is_authenticated
            and not is_mfa_enabled(request.user)
        )
