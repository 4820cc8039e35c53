"""The addresses of pages: a room may answer one quickly, Wagtail answers the rest."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from wagtail import hooks, urls, views

from website import kept_routes, version
from website.hooks import HOOK_PAGE

OK = 200


def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    for answer in hooks.get_hooks(HOOK_PAGE):
        response: HttpResponseBase | None = answer(request, path)
        if response is not None:
            return response
    token = version.current()
    known = request.method == "GET" and kept_routes.recall(request, path, token)
    found: HttpResponseBase = views.serve(request, path)
    if request.method == "GET" and not known and found.status_code == OK:
        kept_routes.keep(request, path, token)
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    *(one for one in urls.urlpatterns if one.name != "wagtail_serve"),
    re_path(urls.serve_pattern, serve, name="wagtail_serve"),
]
