"""Access in the administration, plugged into Wagtail (imported by wagtail_hooks)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page
from wagtail.permissions import register_permission_policy

from courses import explainer, staff
from courses.lesson_field import suggest_lessons
from courses.models import DripOverride, LessonPage

register_permission_policy(
    DripOverride, staff.OwnersOnly(DripOverride, {"add", "delete", "view"})
)


@hooks.register("register_admin_urls")
def explainer_urls() -> list[URLPattern]:
    view = explainer.ExplainerView.as_view()
    return [
        path("access/explain/", view, name="courses_explain_access"),
        path("access/lessons/", suggest_lessons, name="suggest_lessons"),
    ]


@hooks.register("register_page_listing_more_buttons")
def explain_lesson_button(
    page: Page, user: Any, next_url: str | None = None
) -> Iterator[Button]:
    if isinstance(page, LessonPage) and staff.is_owner(user):
        yield Button(
            _("Who can open it?"),
            explainer.address(item=str(page.key)),
            icon_name="key",
            priority=55,
        )


class OwnersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return staff.is_owner(request.user)


@hooks.register("register_reports_menu_item")
def explainer_item() -> OwnersItem:
    url = reverse("courses_explain_access")
    return OwnersItem(_("Access explained"), url, name="access", icon_name="key")
