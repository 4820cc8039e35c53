from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "journal"
    verbose_name = _("Trading journal")

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from journal.api import router
        from journal.models import Account, Run
        from worker_api.api import api
        from worker_api.owners import OwnersRead

        api.add_router("/journal/v1", router)
        for model in (Account, Run):
            register_permission_policy(model, OwnersRead(model))
