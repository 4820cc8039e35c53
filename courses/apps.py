from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from courses import outbox_handlers, tree_signals  # noqa: F401  deliveries

        tree_signals.connect()
