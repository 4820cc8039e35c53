from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from wagtail import urls as wagtail_urls

from bench.reference.api import api

LETTERS = b"<p>Trade small, write it down, read it again.</p>\n"
BODY = (LETTERS * 200)[:6000]


def body(request: HttpRequest, size: int = 6000) -> HttpResponse:
    """As many bytes as asked for; `bare_view` and `full_view` answer 6,000."""
    return HttpResponse(
        BODY if size == len(BODY) else (LETTERS * (size // 50 + 1))[:size]
    )


urlpatterns = [
    path("bare/", body),
    path("full/", body),
    path("sized/<int:size>/", body),
    path("api/", api.urls),
    path("", include(wagtail_urls)),
]
