"""Which hosted page answers which address."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from billing.fakestripe.pages import checkout_page, invoice_page, overview, portal_page
from billing.fakestripe.pages.html import Page, notice
from billing.fakestripe.pages.texts import choose
from billing.fakestripe.store import Obj, Store

type Reader = Callable[[Store, Obj, Mapping[str, str]], Page]
type Writer = Callable[[Store, Obj, dict[str, str], Mapping[str, str]], Page]

PATTERN = re.compile(r"/(c/pay|p/session|i)/([A-Za-z0-9_]+)(?:/(3ds|pdf))?/?")
KINDS = {
    "c/pay": "checkout.session",
    "p/session": "billing_portal.session",
    "i": "invoice",
}
READ: dict[tuple[str, str | None], Reader] = {
    ("c/pay", None): checkout_page.show,
    ("c/pay", "3ds"): checkout_page.secure,
    ("i", None): invoice_page.show,
    ("i", "3ds"): invoice_page.secure,
    ("i", "pdf"): invoice_page.pdf,
}
WRITE: dict[tuple[str, str | None], Writer] = {
    ("c/pay", None): checkout_page.submit,
    ("c/pay", "3ds"): checkout_page.secure_answer,
    ("p/session", None): portal_page.submit,
    ("i", None): invoice_page.submit,
    ("i", "3ds"): invoice_page.secure_answer,
}


def answer(
    store: Store, method: str, target: str, body: str, headers: Mapping[str, str]
) -> Page:
    path, _, query = target.partition("?")
    if path in {"/", "/_fake/"}:
        return overview.show(store, headers)
    match = PATTERN.fullmatch(path)
    found = store.find(KINDS[match[1]], match[2]) if match else None
    if match is None or found is None:
        words = choose(None, headers)
        return notice(words, "404", words("not_found"), None, "", 404)
    key = (match[1], match[3])
    if method == "POST" and key in WRITE:
        return WRITE[key](store, found, dict(parse_qsl(body)), headers)
    if key == ("p/session", None):
        return portal_page.show(store, found, headers, done="done=1" in query)
    if method == "GET" and key in READ:
        return READ[key](store, found, headers)
    words = choose(None, headers)
    return notice(words, "404", words("not_found"), None, "", 404)
