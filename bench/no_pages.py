"""The product's page cache without any page in it."""

from django.http import HttpRequest, HttpResponseBase

from website.page_cache import PageCacheMiddleware


class NoPagesMiddleware(PageCacheMiddleware):
    def respond(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)
