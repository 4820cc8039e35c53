"""V1: CPU ms of one receipt, by the product and by a naive call of WeasyPrint, in turn.

Run with the product's settings; prints one JSON object.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

from django.contrib.staticfiles import finders  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.utils import translation  # noqa: E402

from billing import pdf, receipts  # noqa: E402
from billing.models.receipts import InvoiceSeries, Kind, Receipt  # noqa: E402

ROUNDS = 12
PARTY = {"name": "", "address": [], "tax_ids": [], "email": ""}


def receipt() -> Receipt:
    """One A4 page with five lines; not stored."""
    line = receipts.Line(
        text="AMI Pro · monthly",
        quantity=1,
        net=1570,
        discount=0,
        period=["2026-11-01", "2026-12-01"],
    )
    snapshot = receipts.Snapshot(
        title="receipt",
        prefix="R-",
        issuer={**PARTY, "name": "AMI", "address": ["Calle Mayor 1", "28013 Madrid"]},
        customer={**PARTY, "name": "Ana", "email": "ana@example.com"},
        lines=[line] * 5,
        net=7850,
        taxes=[receipts.Tax(name="IVA", percent="21", base=7850, amount=1649)],
        total=9499,
        currency="EUR",
        paid_on="2026-11-01",
        stripe_number="BENCH-0001",
        reverse_charge=False,
        corrects="",
        notes={"es": "", "en": ""},
    )
    return Receipt(
        series=InvoiceSeries(code="receipt", prefix="R-"),
        number=1,
        kind=Kind.RECEIPT,
        source="in_bench",
        issued_at=datetime(2026, 11, 1, tzinfo=UTC),
        language="es",
        currency="EUR",
        total=9499,
        snapshot=snapshot,
    )


def naive(made: Receipt) -> Callable[[], bytes]:
    """The same HTML and style by WeasyPrint's short form; fonts come from their files."""
    from weasyprint import HTML

    from outbox.typeset import FONTS, STATIC

    with translation.override(made.language):
        html = render_to_string("billing/receipt_pdf.html", pdf.context(made))
    style = Path(str(finders.find(FONTS)))
    faces = style.read_text(encoding="utf-8").replace(
        f"{STATIC}ami", style.parents[1].as_uri()
    )
    html = html.replace("<style>", f"<style>{faces}", 1)
    return lambda: bytes(HTML(string=html).write_pdf(pdf_tags=True))


def spent(render: Callable[[], bytes]) -> float:
    before = time.process_time()
    render()
    return (time.process_time() - before) * 1000


def main() -> None:
    made = receipt()
    plain = naive(made)
    same = pdf.render(made) == pdf.render(made)
    plain()
    pairs = [(spent(lambda: pdf.render(made)), spent(plain)) for _ in range(ROUNDS)]
    print(
        json.dumps(
            {
                "product_ms": min(ours for ours, _ in pairs),
                "naive_ms": min(theirs for _, theirs in pairs),
                "identical": same,
            }
        )
    )


if __name__ == "__main__":
    main()
