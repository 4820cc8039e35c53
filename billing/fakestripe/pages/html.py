"""The frame of a hosted page, and the answers the server sends."""

import functools
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from billing.fakestripe.pages.texts import Words

TONES = {
    "past_due": "bad", "unpaid": "bad", "incomplete": "warn", "trialing": "good", "ending": "warn",
    "canceled": "off", "incomplete_expired": "off", "paused": "off", "open": "warn", "void": "off",
    "draft": "off", "uncollectible": "bad",
}  # fmt: skip


@dataclass
class Page:
    content: bytes
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@functools.cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def frame(words: Words, title: str, body: str, status: int = 200) -> Page:
    """A whole page; body is HTML already escaped."""
    text = (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body>"
        f'<div class="bar" role="note"><strong>{escape(words("badge"))}</strong>'
        f"<span>{escape(words('no_money'))}</span></div>{body}</body></html>"
    )
    return Page(text.encode(), status)


def redirect(url: str) -> Page:
    return Page(b"", 303, headers={"Location": url})


def notice(
    words: Words, title: str, text: str, link: str | None, label: str, status: int
) -> Page:
    """A short page with one thing to do."""
    action = ""
    if link:
        action = f'<p><a class="button" href="{escape(link)}">{escape(label)}</a></p>'
    body = f'<main class="middle narrow"><div class="card"><h1>{escape(title)}</h1>'
    return frame(
        words, title, f"{body}<p>{escape(text)}</p>{action}</div></main>", status
    )


def badge(words: Words, status: str) -> str:
    tone = TONES.get(status, "good")
    return f'<span class="badge {tone}">{escape(words("s_" + status))}</span>'


def field_html(
    name: str,
    label: str,
    value: str = "",
    *,
    error: str = "",
    required: bool = True,
    fixed: bool = False,
    **attributes: str,
) -> str:
    """A labelled input; an error is tied to it."""
    extra = "".join(
        f' {key.strip("_")}="{escape(item)}"' for key, item in attributes.items()
    )
    if error:
        extra += f' aria-invalid="true" aria-describedby="{name}-error"'
    if fixed:
        extra += " readonly"
    if required:
        extra += " required"
    note = f'<p class="error" id="{name}-error">{escape(error)}</p>' if error else ""
    return (
        f'<div><label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" value="{escape(value)}"{extra}>{note}</div>'
    )


def card_fields(words: Words, values: dict[str, str], errors: dict[str, str]) -> str:
    """Number, expiry and security code."""
    number = field_html(
        "number", words("number"), values.get("number", ""), error=errors.get("number", ""),
        inputmode="numeric", autocomplete="cc-number", placeholder="4242 4242 4242 4242",
    )  # fmt: skip
    expiry = field_html(
        "expiry", words("expiry"), values.get("expiry", ""), error=errors.get("expiry", ""),
        inputmode="numeric", autocomplete="cc-exp", placeholder="12/34",
    )  # fmt: skip
    cvc = field_html(
        "cvc", words("cvc"), values.get("cvc", ""), error=errors.get("cvc", ""),
        inputmode="numeric", autocomplete="cc-csc", placeholder="123",
    )  # fmt: skip
    return f'{number}<div class="two">{expiry}{cvc}</div>'


TEST_CARDS = (
    ("4242 4242 4242 4242", "card_ok"),
    ("4000 0000 0000 0002", "card_declined"),
    ("4000 0000 0000 9995", "card_funds"),
    ("4000 0027 6000 3184", "card_3ds"),
)
FILL = (
    "<script>for(const b of document.querySelectorAll('[data-card]'))b.onclick=()=>{"
    "const f=b.closest('form');f.number.value=b.dataset.card;f.expiry.value='12/34';"
    "f.cvc.value='123'}</script>"
)


def test_cards(words: Words) -> str:
    """The list of cards; a click fills the form it stands in."""
    rows = "".join(
        f'<li><button type="button" data-card="{number}"><span>{number}</span>'
        f"<span>{escape(words(key))}</span></button></li>"
        for number, key in TEST_CARDS
    )
    title = escape(words("test_cards"))
    return f'<details class="cards" open><summary>{title}</summary><ul>{rows}</ul></details>{FILL}'
