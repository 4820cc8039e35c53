"""What students do with a lesson, shown where the lesson is edited."""

from typing import Any

from wagtail.admin.panels import Panel


class LearningPanel(Panel):
    """Numbers to read, no field. Only on lessons that exist, for people who may see them."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "courses/admin/lesson_panel.html"

        def is_shown(self) -> bool:
            from courses import report_scope

            saved = bool(self.instance and self.instance.pk)
            return saved and report_scope.may_see_reports(self.request.user)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            from courses import explainer, learning_home, staff

            owner = staff.is_owner(self.request.user)
            key = str(self.instance.key)
            context: dict[str, Any] = super().get_context_data(parent_context)
            return {
                **context,
                **learning_home.of_lesson(self.instance),
                "explain_url": explainer.address(item=key) if owner else "",
            }
