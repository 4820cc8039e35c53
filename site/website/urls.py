from django.http import HttpRequest, HttpResponse
from django.urls import path

app_name = "website"


def set_theme(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [path("theme/", set_theme, name="set-theme")]
