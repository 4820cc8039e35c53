"""The language of a request, without sending programs to pages for people."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but a 404 of an API stays a 404.

    The page tree answers below every language prefix, so Django would answer "not found"
    with a redirect to /es/api/….
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith("/api/"):
            return response
        return super().process_response(request, response)
