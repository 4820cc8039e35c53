from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerApiConfig(AppConfig):
    name = "worker_api"
    verbose_name = _("Worker API")

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from worker_api.models import WorkerKey
        from worker_api.owners import OwnersRead

        register_permission_policy(WorkerKey, OwnersRead(WorkerKey))
