"""Who owns the school, and what owners alone may do in the administration."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from wagtail.permission_policies import BasePermissionPolicy

GROUP = "Owners"


def is_owner(user: Any) -> bool:
    """Active, and a superuser or in the group Owners."""
    if not user.is_active:
        return False
    return bool(user.is_superuser or user.groups.filter(name=GROUP).exists())


def owners() -> QuerySet[Any]:
    """Everybody for whom is_owner() says so."""
    people = get_user_model()._default_manager.filter(is_active=True)
    return people.filter(Q(is_superuser=True) | Q(groups__name=GROUP)).distinct()


class OwnersOnly(BasePermissionPolicy):
    """Owners may do the listed actions; nobody else any."""

    def __init__(self, model: Any, actions: Iterable[str] = ("view",)) -> None:
        super().__init__(model)
        self.actions = frozenset(actions)

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action in self.actions and is_owner(user)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return bool(self.actions & set(actions)) and is_owner(user)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        return owners() if self.actions & set(actions) else owners().none()
