"""What owners see of the machinery in the admin: everything, and change nothing there."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from wagtail.permission_policies import BasePermissionPolicy


class OwnersRead(BasePermissionPolicy):
    """Owners may list and look; nobody may add, change or delete through the admin."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action == "view" and bool(user.is_active and user.is_staff)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        people = get_user_model().objects.filter(is_active=True, is_staff=True)
        return people if "view" in actions else people.none()
