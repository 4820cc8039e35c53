"""The worker API alone, without a language in front."""

from django.urls import path

from worker_api.api import api

urlpatterns = [path("api/internal/", api.urls)]
