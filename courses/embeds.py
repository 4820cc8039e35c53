"""What other sites may show inside a lesson: a short list, each by its own address form.

An address that fits no form is refused. Nothing is loaded before the student's click, and
only the page of a lesson with such a block lets the browser frame that site.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings


@dataclass(frozen=True)
class Provider:
    """pages: address form -> what to load; \\1 … are the parts in brackets."""

    key: str
    name: str
    frame: str
    pages: tuple[tuple[re.Pattern[str], str], ...]
    example: str


@dataclass(frozen=True)
class Embed:
    provider: Provider
    url: str


def _pages(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(form), target) for form, target in pairs)


PROVIDERS = (
    Provider(
        "tradingview",
        "TradingView",
        "https://s.tradingview.com",
        _pages(
            (
                r"https://(?:www|[a-z]{2})\.tradingview\.com/symbols/([A-Z0-9_]{1,20})-([A-Z0-9._!]{1,20})/?",
                "https://s.tradingview.com/widgetembed/?symbol=\\1%3A\\2&interval=D",
            ),
            (
                r"https://(?:www|[a-z]{2})\.tradingview\.com/chart/(?:\w+/)?\?symbol=([A-Z0-9_]{1,20})(?::|%3A)([A-Z0-9._!]{1,20})",
                "https://s.tradingview.com/widgetembed/?symbol=\\1%3A\\2&interval=D",
            ),
        ),
        "https://www.tradingview.com/symbols/NASDAQ-AAPL/",
    ),
    Provider(
        "google",
        "Google",
        "https://docs.google.com",
        _pages(
            (
                r"https://docs\.google\.com/presentation/d/((?:e/)?[\w-]{20,120})(?:/[\w?=&.#%-]*)?",
                "https://docs.google.com/presentation/d/\\1/embed",
            ),
            (
                r"https://docs\.google\.com/document/d/(e/[\w-]{20,120})/pub(?:\?[\w=&]*)?",
                "https://docs.google.com/document/d/\\1/pub?embedded=true",
            ),
            (
                r"https://docs\.google\.com/spreadsheets/d/(e/[\w-]{20,120})/pubhtml(?:\?[\w=&]*)?",
                "https://docs.google.com/spreadsheets/d/\\1/pubhtml?widget=true",
            ),
        ),
        "https://docs.google.com/presentation/d/…",
    ),
    Provider(
        "figma",
        "Figma",
        "https://embed.figma.com",
        _pages(
            (
                r"https://www\.figma\.com/(design|proto|board|file)/(\w{10,60})(?:/[^?#]*)?(?:\?[^#]*)?",
                "https://embed.figma.com/\\1/\\2?embed-host=share",
            ),
        ),
        "https://www.figma.com/board/…",
    ),
    Provider(
        "codepen",
        "CodePen",
        "https://codepen.io",
        _pages(
            (
                r"https://codepen\.io/([\w-]{1,60})/(?:pen|full|details)/(\w{4,40})/?",
                "https://codepen.io/\\1/embed/\\2?default-tab=result",
            ),
        ),
        "https://codepen.io/name/pen/abcdef",
    ),
    Provider(
        "loom",
        "Loom",
        "https://www.loom.com",
        _pages(
            (
                r"https://www\.loom\.com/(?:share|embed)/([0-9a-f]{32})(?:\?[^#]*)?",
                "https://www.loom.com/embed/\\1",
            ),
        ),
        "https://www.loom.com/share/…",
    ),
)
NAMES = ", ".join(provider.name for provider in PROVIDERS)


def find(address: str) -> Embed | None:
    """The provider of an address and what to load; None when no form fits."""
    for provider in PROVIDERS:
        for form, target in provider.pages:
            match = form.fullmatch(address.strip())
            if match:
                parts = [quote(unquote(part), safe="/") for part in match.groups()]
                for number, part in enumerate(parts, start=1):
                    target = target.replace(f"\\{number}", part)
                return Embed(provider, target)
    return None


def frames(body: Any) -> list[str]:
    """The sites that a lesson's text shows, each once."""
    found = [
        find(child["value"].get("address") or "")
        for child in body.raw_data
        if child["type"] == "embed"
    ]
    return sorted({one.provider.frame for one in found if one})


def allow(response: Any, body: Any) -> None:
    """Let the browser frame the sites this lesson shows; others stay forbidden."""
    sites = frames(body)
    if sites:
        policy = settings.SECURE_CSP
        response._csp_config = {
            **policy,
            "frame-src": [*policy.get("frame-src", []), *sites],
        }
