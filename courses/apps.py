from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        # content_api: its schemas must be known before Wagtail's apps build the API
        from courses import (  # noqa: F401
            content_api,
            discussion_handlers,
            outbox_handlers,
            tree_signals,
            withheld,
        )

        tree_signals.connect()
