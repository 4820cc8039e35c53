"""The seams other rooms plug into, by name, through Wagtail's hooks.

- HOOK_DASHBOARD: fn(request) -> DashboardPanel | None, a part of the student's dashboard
- HOOK_MENU: fn(request) -> MenuLink | None, an entry of the account menu
- HOOK_LOAD_DEMO: fn(write) -> None, loads a room's share of the demo school; idempotent
- HOOK_DEMO_STARTED: fn(base_url, write) -> None, once the demo site answers
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from wagtail import hooks

HOOK_DASHBOARD = "ami_dashboard_panels"
HOOK_MENU = "ami_account_menu"
HOOK_LOAD_DEMO = "ami_load_demo"
HOOK_DEMO_STARTED = "ami_demo_after_start"

Write = Callable[[str], None]


@dataclass(frozen=True)
class DashboardPanel:
    """A template and its context; lower order comes first."""

    order: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MenuLink:
    order: int
    label: str
    url: str


def dashboard_panels(request: HttpRequest) -> list[DashboardPanel]:
    """What every installed room shows this person, in order."""
    found = (hook(request) for hook in hooks.get_hooks(HOOK_DASHBOARD))
    return sorted((panel for panel in found if panel), key=lambda panel: panel.order)


def account_menu(request: HttpRequest) -> list[MenuLink]:
    """The account menu's entries, in order."""
    found = (hook(request) for hook in hooks.get_hooks(HOOK_MENU))
    return sorted((link for link in found if link), key=lambda link: link.order)
