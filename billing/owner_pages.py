"""What the owners' own pages in the Wagtail admin have in common."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from accounts.owner_views import OwnersView
from accounts.owners import is_owner


class OwnersPage(OwnersView, WagtailAdminTemplateMixin):
    """A page of our own. trail: (label, address) of the pages above it."""

    def trail(self) -> list[tuple[Any, str]]:
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        above = [{"url": url, "label": label} for label, url in self.trail()]
        here = {"url": "", "label": self.get_page_title()}
        return [*self.breadcrumbs_items, *above, here]


class OwnersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return is_owner(request.user)


class OwnersViewSet(ViewSet):
    """Pages of our own with an entry in the menu. The first address is the entry's."""

    menu_item_class = OwnersMenuItem
