"""Access in the administration, plugged into Wagtail (imported by wagtail_hooks)."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import register_permission_policy

from courses import explainer, staff
from courses.models import DripOverride

register_permission_policy(
    DripOverride, staff.OwnersOnly(DripOverride, {"add", "delete", "view"})
)


@hooks.register("register_admin_urls")
def explainer_urls() -> list[URLPattern]:
    view = explainer.ExplainerView.as_view()
    return [path("access/explain/", view, name="courses_explain_access")]


class OwnersItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return staff.is_owner(request.user)


@hooks.register("register_reports_menu_item")
def explainer_item() -> OwnersItem:
    url = reverse("courses_explain_access")
    return OwnersItem(_("Access explained"), url, name="access", icon_name="key")
