"""GET and POST /i/<invoice>: the hosted invoice, where an open one is paid; and its PDF."""

from collections.abc import Mapping
from html import escape

from billing.fakestripe.engine import cards, invoicing, lifecycle
from billing.fakestripe.engine.events import clock_of
from billing.fakestripe.pages import cardform
from billing.fakestripe.pages.checkout_page import school, secure_page
from billing.fakestripe.pages.html import (
    Page,
    badge,
    card_fields,
    frame,
    redirect,
    test_cards,
)
from billing.fakestripe.pages.texts import Words, choose
from billing.fakestripe.store import Obj, Store


def _words(store: Store, invoice: Obj, headers: Mapping[str, str]) -> Words:
    customer = store.find("customer", invoice["customer"]) or {}
    return choose((customer.get("preferred_locales") or [None])[0], headers)


def show(
    store: Store,
    invoice: Obj,
    headers: Mapping[str, str],
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    words = _words(store, invoice, headers)
    found = errors or {}
    title = f"{words('invoice')} {invoice['number'] or ''}"
    alert = (
        f'<p class="alert" role="alert">{escape(found[""])}</p>' if "" in found else ""
    )
    form = ""
    if invoice["status"] == "open":
        amount = words.money(invoice["amount_remaining"], invoice["currency"])
        form = (
            f'<section class="card"><h2>{escape(words("pay_invoice"))}</h2><form method="post">'
            f"{card_fields(words, values or {}, found)}<p></p>"
            f"<button>{escape(words('pay', amount=amount))}</button>{test_cards(words)}</form>"
            "</section>"
        )
    body = (
        f'<main class="middle"><h1>{escape(title)} {badge(words, invoice["status"])}</h1>{alert}'
        f'<section class="card">{_facts(store, words, invoice)}{_lines(words, invoice)}'
        f'<p><a href="/i/{invoice["id"]}/pdf">{escape(words("download"))}</a></p></section>'
        f"{form}</main>"
    )
    return frame(words, title, body, 402 if found else 200)


def _facts(store: Store, words: Words, invoice: Obj) -> str:
    rows = [
        (words("from"), school(store)),
        (words("to"), invoice["customer_name"] or invoice["customer_email"] or "—"),
        (words("issued"), words.date(invoice["effective_at"] or invoice["created"])),
    ]
    paid = invoice["status_transitions"]["paid_at"]
    if paid:
        rows.append((words("status"), words("paid_on", date=words.date(paid))))
    return (
        "<dl>"
        + "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in rows)
        + "</dl>"
    )


def _lines(words: Words, invoice: Obj) -> str:
    currency = invoice["currency"]
    rows = [
        (row["description"], words.money(row["amount"], currency))
        for row in invoice["lines"]["data"]
    ]
    off = sum(row["amount"] for row in invoice["total_discount_amounts"])
    if off:
        rows.append((words("discount"), words.money(-off, currency)))
    for tax in invoice["total_taxes"]:
        key = "tax_included" if tax["tax_behavior"] == "inclusive" else "tax"
        rows.append((words(key), words.money(tax["amount"], currency)))
    rows.append((words("total"), words.money(invoice["total"], currency)))
    cells = "".join(
        f"<tr><td>{escape(label)}</td><td class='end'>{amount}</td></tr>"
        for label, amount in rows
    )
    return f'<div class="scroll"><table><tbody>{cells}</tbody></table></div>'


def submit(
    store: Store, invoice: Obj, data: dict[str, str], headers: Mapping[str, str]
) -> Page:
    words = _words(store, invoice, headers)
    found = cardform.errors(words, data, email=False)
    if invoice["status"] != "open":
        return redirect(f"/i/{invoice['id']}")
    if found:
        return show(store, invoice, headers, values=data, errors=found)
    return _pay(store, invoice, data["number"], headers, authenticated=False)


def _pay(
    store: Store,
    invoice: Obj,
    number: str,
    headers: Mapping[str, str],
    *,
    authenticated: bool,
) -> Page:
    customer = store.get("customer", invoice["customer"])
    now = store.now(clock_of(store, invoice))
    with store.at(now):
        method = cards.create(
            store, number, email=customer["email"], name=customer["name"]
        )
        subscription = store.find("subscription", lifecycle.subscription_of(invoice))
        if subscription:
            failure = lifecycle.collect(
                store, subscription, invoice, now, first=True, authenticated=authenticated,
                method=method,
            )  # fmt: skip
        else:
            failure = invoicing.pay(
                store, invoice, method, now, first=True, authenticated=authenticated
            )
        if failure is None:
            cards.attach(store, method, customer, default=True)
            return redirect(f"/i/{invoice['id']}")
    if cardform.asks_authentication(failure) and not authenticated:
        invoice["_pending"] = number
        return redirect(f"/i/{invoice['id']}/3ds")
    words = _words(store, invoice, headers)
    return show(store, invoice, headers, errors={"": cardform.message(words, failure)})


def secure(store: Store, invoice: Obj, headers: Mapping[str, str]) -> Page:
    words = _words(store, invoice, headers)
    return secure_page(
        words, words.money(invoice["amount_remaining"], invoice["currency"])
    )


def secure_answer(
    store: Store, invoice: Obj, data: dict[str, str], headers: Mapping[str, str]
) -> Page:
    number = invoice.pop("_pending", None)
    if number is None or invoice["status"] != "open":
        return redirect(f"/i/{invoice['id']}")
    if data.get("outcome") == "complete":
        return _pay(store, invoice, number, headers, authenticated=True)
    text = _words(store, invoice, headers)("authentication_failed")
    return show(store, invoice, headers, errors={"": text})


def pdf(store: Store, invoice: Obj, headers: Mapping[str, str]) -> Page:
    """A plain one-page PDF, marked as a test document."""
    words = _words(store, invoice, headers)
    lines = [f"{words('invoice')} {invoice['number']}  -  TEST", school(store), ""]
    for row in invoice["lines"]["data"]:
        lines.append(
            f"{row['description']}:  {words.money(row['amount'], invoice['currency'])}"
        )
    lines.append(
        f"{words('total')}:  {words.money(invoice['total'], invoice['currency'])}"
    )
    return Page(_pdf(lines), kind="application/pdf")


def _pdf(lines: list[str]) -> bytes:
    def literal(text: str) -> bytes:
        plain = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        return plain.encode("cp1252", errors="replace")

    shown = b" ".join(b"(" + literal(line) + b") Tj T*" for line in lines)
    stream = b"BT /F1 12 Tf 18 TL 56 780 Td " + shown + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj %s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    size = len(objects) + 1
    return (
        out
        + end
        + b"trailer << /Size %d /Root 1 0 R >> startxref %d %%%%EOF" % (size, len(out))
    )
