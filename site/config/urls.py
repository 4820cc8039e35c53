"""Every URL prefix on one page."""

from django.apps import apps
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from accounts.views import start_page
from billing.webhook import webhook
from config import health
from courses import content_api
from courses.certificate_views import keys as certificate_keys
from website import sitemap
from worker_api.api import api as worker_api

# what people ask for most comes first: addresses are compared one after the other
localised: list[URLPattern | URLResolver] = [
    path("learn/", include("courses.urls")),
    path("billing/", include("billing.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("website.urls")),
]
if apps.is_installed("journal"):
    localised.insert(0, path("journal/", include("journal.urls")))

urlpatterns: list[URLPattern | URLResolver] = [
    *i18n_patterns(*localised, path("", include("website.page_urls"))),
    path("", start_page, name="start"),
    path("healthz/live", health.live, name="health-live"),
    path("healthz/ready", health.ready, name="health-ready"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap_xml, name="sitemap"),
    path("billing/webhook/", webhook, name="stripe-webhook"),
    path("certificates/keys.json", certificate_keys, name="certificate-keys"),
    path("api/internal/", worker_api.urls),
    path("api/v3/", content_api.mount()),
    # one way in (allauth), also for the two admins
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
    ),
    path(
        "django-admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
    ),
    path("admin/", include(wagtailadmin_urls)),
    path("django-admin/", admin.site.urls),
    path("documents/", include(wagtaildocs_urls)),
]

if settings.DEBUG:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
