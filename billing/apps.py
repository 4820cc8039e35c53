from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import (  # noqa: F401  two register handlers
            customer_copy,
            erasure,
            open_checkouts,
            outbox_handlers,
            overdue,
        )

        overdue.connect()
        customer_copy.connect()
        erasure.connect()
