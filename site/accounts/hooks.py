"""The seams other rooms plug into, by name, through Wagtail's hooks.

- HOOK_DASHBOARD: fn(request) -> DashboardPanel | None, a part of the student's dashboard
- HOOK_MENU: fn(request) -> MenuLink | None, an entry of the account menu
- HOOK_BANNERS: fn(request) -> Banner | None, a notice above every page (a failed payment)
- HOOK_EXPORT: fn(user) -> {model label: rows}, what the data copy cannot find itself
- HOOK_ERASE: fn(user) -> None, remove the room's personal rows of someone who leaves
- HOOK_ERASE_BLOCKED: fn(user) -> str, why the account cannot be erased yet, or ""
- HOOK_MAIL_KINDS: fn() -> list[MailKind], the mails of the room a person may switch off
- HOOK_MAIL_TITLES: fn() -> dict[str, str], what the room's other mails are called, by template
- HOOK_CONSENT: fn(language) -> [LegalDocument], what people accept when they sign up
- HOOK_LOAD_DEMO: fn(write) -> None, loads a room's share of the demo school; idempotent
- HOOK_DEMO_STARTED: fn(base_url, write) -> None, once the demo site answers
"""

import logging
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import get_urlconf, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail import hooks

logger = logging.getLogger(__name__)

HOOK_DASHBOARD = "ami_dashboard_panels"
HOOK_MENU = "ami_account_menu"
HOOK_BANNERS = "ami_banners"
HOOK_ERASE = "ami_erase_person"
HOOK_EXPORT = "ami_export_person"
HOOK_ERASE_BLOCKED = "ami_erase_blocked"
HOOK_MAIL_KINDS = "ami_mail_kinds"
HOOK_MAIL_TITLES = "ami_mail_titles"
HOOK_CONSENT = "ami_consent_documents"
HOOK_LOAD_DEMO = "ami_load_demo"
HOOK_DEMO_STARTED = "ami_demo_after_start"

Write = Callable[[str], None]


@dataclass(frozen=True)
class DashboardPanel:
    """A template and its context (there also as `data`); lower order comes first."""

    order: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MenuLink:
    order: int
    label: str
    url: str


@dataclass(frozen=True)
class MailKind:
    """A kind of mail that may be switched off. default: whether people get it unasked."""

    order: int
    code: str
    label: str
    help: str = ""
    default: bool = True


@dataclass(frozen=True)
class LegalDocument:
    """A text that people accept. key: equal in every language; version: of its text."""

    key: uuid.UUID
    title: str
    url: str
    version: str


@dataclass(frozen=True)
class Banner:
    """A notice and where it leads; tone is "info", "warn" or "loss"."""

    text: str
    tone: str = "info"
    url: str = ""
    label: str = ""


def address(name: str) -> str:
    """reverse() of what every page links to, kept for each language."""
    return _address(name, get_language(), get_urlconf())


@lru_cache(maxsize=256)
def _address(name: str, language: str | None, urlconf: str | None) -> str:
    return reverse(name, urlconf)


def dashboard_panels(request: HttpRequest) -> list[SafeString]:
    """What every installed room shows this person, rendered, in order.

    A room that raises loses its panel, not the page; the error is logged.
    """
    panels = sorted(
        answers(HOOK_DASHBOARD, request), key=lambda panel: int(panel.order)
    )
    rendered = (_guarded(partial(_render, panel, request)) for panel in panels)
    return [html for html in rendered if html]


def account_menu(request: HttpRequest) -> list[MenuLink]:
    """The account menu's entries, in order; a room that raises loses its entry."""
    return sorted(answers(HOOK_MENU, request), key=lambda link: int(link.order))


def banners(request: HttpRequest) -> list[Banner]:
    """The notices of every installed room for this person."""
    return answers(HOOK_BANNERS, request)


def legal_documents(language: str) -> list[LegalDocument]:
    """The texts that people accept when they sign up, in this language."""
    return [one for found in answers(HOOK_CONSENT, language) for one in found]


def answers(name: str, *arguments: Any) -> list[Any]:
    """What each room's hook of that name answers, empty answers left out.

    For what a page can do without: a hook that raises is logged and left out. A hook that
    must be heard (access, erasure) is called directly instead.
    """
    found = (_guarded(partial(hook, *arguments)) for hook in hooks.get_hooks(name))
    return [answer for answer in found if answer]


def _render(panel: DashboardPanel, request: HttpRequest) -> SafeString:
    context = {**panel.context, "data": panel.context}
    return render_to_string(panel.template, context, request=request)


def _guarded(call: Callable[[], Any]) -> Any:
    # inside a transaction a failed query must not poison the page's own
    inside = transaction.get_connection().in_atomic_block
    try:
        with transaction.atomic() if inside else nullcontext():
            return call()
    except Exception:
        logger.exception("a room's hook failed; the page goes on without it")
        return None
