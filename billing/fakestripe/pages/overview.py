"""GET /: what the fake holds, for a developer's eye."""

from collections.abc import Mapping
from html import escape

from billing.fakestripe.pages.html import Page, frame
from billing.fakestripe.pages.texts import Words
from billing.fakestripe.store import Store

SHOWN = ("customer", "subscription", "checkout.session", "invoice")


def show(store: Store, _headers: Mapping[str, str]) -> Page:
    counts = "".join(
        f"<dt>{escape(kind)}</dt><dd>{len(rows)}</dd>"
        for kind, rows in store.objects.items()
    )
    body = (
        '<main class="middle"><h1>Fake Stripe</h1>'
        f'<section class="card"><h2>Objects</h2><dl>{counts}</dl></section>'
        f"{_recent(store)}{_deliveries(store)}</main>"
    )
    return frame(Words("en"), "Fake Stripe", body)


def _recent(store: Store) -> str:
    rows = ""
    for kind in SHOWN:
        for row in store.all(kind)[-5:]:
            link = row.get("hosted_invoice_url") or row.get("url") or ""
            name = f"<code>{escape(row['id'][:40])}</code>"
            cell = f'<a href="{escape(link)}">{name}</a>' if link else name
            state = escape(str(row.get("status") or row.get("email") or ""))
            rows += f"<tr><td>{escape(kind)}</td><td>{cell}</td><td>{state}</td></tr>"
    return (
        '<section class="card"><h2>Newest</h2><div class="scroll"><table><tbody>'
        f"{rows}</tbody></table></div></section>"
    )


def _deliveries(store: Store) -> str:
    rows = "".join(
        f"<tr><td>{escape(row['type'])}</td><td>{escape(row['status'])}</td>"
        f"<td>{row['attempts']}×</td><td>{escape(str(row['response'] or row['error'] or ''))}</td></tr>"
        for row in reversed(store.deliveries[-30:])
    )
    return (
        '<section class="card"><h2>Webhook deliveries</h2><div class="scroll"><table><tbody>'
        f"{rows}</tbody></table></div></section>"
    )
