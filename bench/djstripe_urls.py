"""`djstripe_view`: the door that dj-stripe itself offers."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("healthz/live", alive),
    path("stripe/", include("djstripe.urls", namespace="djstripe")),
]
