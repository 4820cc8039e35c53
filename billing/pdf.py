"""A receipt as PDF: our template, our font, nothing from anywhere else."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from billing import factur_x, money
from billing.models.receipts import Receipt

TITLES = {
    "receipt": pgettext_lazy("document", "Receipt"),
    "invoice": pgettext_lazy("document", "Invoice"),
    "credit_note": pgettext_lazy("document", "Credit note"),
}


def title_of(receipt: Receipt) -> str:
    """What the document is called, in the active language."""
    return str(TITLES.get(receipt.snapshot["title"], gettext_lazy("Receipt")))


def name_of(receipt: Receipt) -> str:
    """The file's name, in the receipt's language."""
    with translation.override(receipt.language):
        title = title_of(receipt).lower().replace(" ", "-")
    return f"{title}-{receipt.code}.pdf"


def ensure(receipt: Receipt) -> bytes:
    """The receipt's PDF, rendered and stored the first time it is asked for.

    Raises whatever WeasyPrint or the storage raises; asking again is safe.
    """
    if receipt.pdf:
        with receipt.pdf.open("rb") as stored:
            return bytes(stored.read())
    content = render(receipt)
    name = f"receipts/{receipt.issued_at:%Y/%m}/{receipt.code}.pdf"
    storage = receipt.pdf.storage
    if storage.exists(name):  # of a delivery that was rolled back afterwards
        storage.delete(name)
    receipt.pdf.name = storage.save(name, ContentFile(content))
    receipt.save(update_fields=["pdf"])
    return content


def render(receipt: Receipt) -> bytes:
    """The PDF's bytes, made of the snapshot alone."""
    from outbox.typeset import pdf_of

    with translation.override(receipt.language):
        html = render_to_string("billing/receipt_pdf.html", context(receipt))
    if not factur_x.wanted(receipt):
        return pdf_of(html, identifier=receipt.source)
    plain = pdf_of(html, identifier=receipt.source, variant="pdf/a-3b")
    return factur_x.embed(plain, receipt)


def context(receipt: Receipt) -> dict[str, Any]:
    """What the template shows, in the active language."""
    data = receipt.snapshot

    def show(amount: int) -> str:
        return money.show(amount, data["currency"])

    return {
        "receipt": receipt,
        "title": title_of(receipt),
        "issuer": data["issuer"],
        "customer": data["customer"],
        "issued_on": receipt.issued_at.date(),
        "paid_on": date.fromisoformat(data["paid_on"]),
        "lines": [
            {
                "text": line["text"] or gettext("Refund"),
                "quantity": line["quantity"],
                "net": show(line["net"]),
                "discount": show(-line["discount"]) if line["discount"] else "",
                "period": [date.fromisoformat(day) for day in line["period"]],
            }
            for line in data["lines"]
        ],
        "net": show(data["net"]),
        "taxes": [
            {**tax, "base": show(tax["base"]), "amount": show(tax["amount"])}
            for tax in data["taxes"]
        ],
        "total": show(data["total"]),
        "carried": show(receipt.carried) if receipt.carried else "",
        "from_credit": receipt.carried < 0,
        "paid": show(receipt.paid),
        "stripe_number": data["stripe_number"],
        "reverse_charge": data["reverse_charge"],
        "corrects": data["corrects"],
        "note": data["notes"][receipt.language],
    }
