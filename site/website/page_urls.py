"""The addresses of pages: a room may answer one quickly, Wagtail answers the rest."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from wagtail import hooks, urls, views

from website.hooks import HOOK_PAGE


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    for answer in hooks.get_hooks(HOOK_PAGE):
        response: HttpResponseBase | None = answer(request, path)
        if response is not None:
            return response
    found: HttpResponseBase = views.serve(request, path)
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    *(one for one in urls.urlpatterns if one.name != "wagtail_serve"),
    re_path(urls.serve_pattern, serve, name="wagtail_serve"),
]
