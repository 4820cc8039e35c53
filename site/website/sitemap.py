from django.http import HttpRequest, HttpResponse


def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse("", content_type="text/plain")


def sitemap_xml(request: HttpRequest) -> HttpResponse:
    return HttpResponse("", content_type="application/xml")
