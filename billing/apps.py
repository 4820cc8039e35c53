from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import customer_copy, erasure, outbox_handlers, overdue  # noqa: F401

        overdue.connect()
        customer_copy.connect()
        erasure.connect()
