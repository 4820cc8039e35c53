from django.conf import settings
from django.urls import URLPattern, path

from website import feeds, views

app_name = "website"
urlpatterns: list[URLPattern] = [
    path("theme/", views.set_theme, name="set-theme"),
    path("search/", views.search, name="search"),
    path("feed/", feeds.BlogFeed(), name="feed"),
]

if settings.DEBUG:
    from website.styleguide import styleguide

    urlpatterns += [path("styleguide/", styleguide, name="styleguide")]
