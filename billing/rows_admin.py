"""Lists in the Wagtail admin whose rows nobody edits."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.text import capfirst
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet


class RowsViewSet(ModelViewSet):
    """A list to look at, for owners; no row is changed or deleted in it."""

    copy_view_enabled = False
    add_to_reference_index = False
    form_fields = ("id",)  # required by the base class; no form is reachable

    def get_index_view_kwargs(self) -> dict[str, Any]:
        """The page is called what the menu calls it."""
        return {
            **super().get_index_view_kwargs(),
            "page_title": capfirst(self.menu_label),
        }

    def extra_urlpatterns(self) -> list[URLPattern]:
        return []

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            *self.extra_urlpatterns(),
        ]

    def register_admin_url_finder(self) -> None:
        """There is no edit page to find."""

    def register_permissions(self) -> None:
        """Not offered to groups: owners only."""


class RowsIndex(IndexView):
    """A list without pages to add, change or delete its rows."""

    def get_add_url(self) -> None:
        return None

    def get_edit_url(self, instance: Any) -> None:
        return None

    def get_delete_url(self, instance: Any) -> None:
        return None


def may_see(request: HttpRequest, model: Any) -> bool:
    return bool(
        request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    )
