from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerApiConfig(AppConfig):
    name = "worker_api"
    verbose_name = _("Worker API")
