"""Receipts for paid invoices and credit notes for refunds, each issued once."""

from typing import Any, NotRequired, TypedDict, cast

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from billing import entitlements, mirror
from billing.entitlements import CustomerObjects
from billing.models.customers import CustomerLink
from billing.models.plans import PlanPrice
from billing.models.receipts import InvoiceSeries, Kind, Receipt
from billing.models.settings import BillingSettings
from billing.stripe_api import Json

SERIES = {Kind.RECEIPT: "R-", Kind.CREDIT_NOTE: "C-"}
MAX_LINES = 200


class Line(TypedDict):
    """net: without tax and after discount, in minor units; period: dates or empty."""

    text: str
    quantity: int
    net: int
    discount: int
    period: list[str]


class Tax(TypedDict):
    name: str
    percent: str
    base: int
    amount: int


class Party(TypedDict):
    """country: two letters; receipts of earlier versions do not have it."""

    name: str
    country: NotRequired[str]
    address: list[str]
    tax_ids: list[str]
    email: str


class Snapshot(TypedDict):
    """Everything a receipt shows. title: receipt, invoice or credit_note; paid_on: a date;
    amounts in minor units; net + taxes = total; carried: what the customer's balance took
    off the total (negative: credit) or added to it, so that total + carried was charged (not
    in credit notes and receipts of earlier versions); corrects: a receipt's number or empty;
    e_invoice: with Factur-X inside (not in receipts of earlier versions)."""

    title: str
    prefix: str
    issuer: Party
    customer: Party
    lines: list[Line]
    net: int
    taxes: list[Tax]
    total: int
    carried: NotRequired[int]
    currency: str
    paid_on: str
    stripe_number: str
    reverse_charge: bool
    corrects: str
    notes: dict[str, str]
    e_invoice: NotRequired[bool]


def issue_missing(link: CustomerLink, objects: CustomerObjects) -> list[Receipt]:
    """Issue what was paid or refunded and has no receipt yet, oldest first.

    Call it under the customer's lock. Numbers are taken in the same transaction.
    """
    paid = [invoice for invoice in objects.invoices if _is_paid(invoice)]
    refunds = list(_refunds(objects))
    known = set(
        Receipt.objects.filter(
            source__in=[row["id"] for row in [*paid, *(one for one, _ in refunds)]]
        ).values_list("source", flat=True)
    )
    issued = [
        _issue(link, Kind.RECEIPT, invoice["id"], _of_invoice(invoice, _language(link)))
        for invoice in paid
        if invoice["id"] not in known
    ]
    for refund, invoice in refunds:
        original = Receipt.objects.filter(source=invoice["id"]).first()
        if refund["id"] not in known and original:
            notes = original.credit_notes.values_list("snapshot", flat=True)
            snapshot = _of_refund(refund, original, list(notes))
            issued.append(
                _issue(link, Kind.CREDIT_NOTE, refund["id"], snapshot, original)
            )
    return issued


def _is_paid(invoice: Json) -> bool:
    """Paid, also from credit. Nothing was sold with a total of 0; one below 0 is the credit
    of a change to a smaller plan, which the next receipts use up."""
    return bool(invoice["status"] == "paid" and invoice["total"] > 0)


def _refunds(objects: CustomerObjects) -> list[tuple[Json, Json]]:
    """Refunds that arrived, each with the invoice whose payment they give back."""
    by_intent = {
        intent: invoice
        for invoice in objects.invoices
        for intent in entitlements.payment_intents(invoice)
    }
    return [
        (refund, by_intent[charge["payment_intent"]])
        for charge in objects.charges
        if charge.get("payment_intent") in by_intent
        for refund in (charge.get("refunds") or {}).get("data", [])
        if refund["status"] == "succeeded"
    ]


def _issue(
    link: CustomerLink,
    kind: Kind,
    source: str,
    snapshot: Snapshot,
    corrects: Receipt | None = None,
) -> Receipt:
    with transaction.atomic():
        series, number = next_number(kind)
        return Receipt.objects.create(
            series=series,
            number=number,
            kind=kind,
            source=source,
            corrects=corrects,
            user=link.user,
            issued_at=timezone.now(),
            language=_language(link),
            currency=snapshot["currency"],
            total=snapshot["total"],
            snapshot={**snapshot, "prefix": series.prefix},
        )


def next_number(kind: Kind) -> tuple[InvoiceSeries, int]:
    """The next number of the kind's series, locked until the transaction ends.

    A transaction that rolls back gives its number back: no gaps.
    """
    InvoiceSeries.objects.get_or_create(
        code=kind.value.replace("_", "-"),
        defaults={"kind": kind, "prefix": SERIES[kind]},
    )
    series = InvoiceSeries.objects.select_for_update().get(
        code=kind.value.replace("_", "-")
    )
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return series, series.last_number


def _language(link: CustomerLink) -> str:
    return link.user.language if link.user else "es"


def _of_invoice(invoice: Json, language: str) -> Snapshot:
    settings = BillingSettings.load()
    lines = [_line(line, language) for line in invoice["lines"]["data"][:MAX_LINES]]
    taxes = [_tax(row, invoice) for row in invoice.get("total_taxes") or []]
    total = invoice["total"]
    paid_at = invoice["status_transitions"].get("paid_at") or invoice["created"]
    return Snapshot(
        title="invoice" if settings.issues_invoices else "receipt",
        prefix="",
        issuer=_issuer(settings),
        customer=_customer(invoice),
        lines=lines,
        net=total - sum(tax["amount"] for tax in taxes),
        taxes=taxes,
        total=total,
        carried=invoice["amount_due"] - total,
        currency=invoice["currency"].upper(),
        paid_on=_day(paid_at),
        stripe_number=invoice.get("number") or "",
        reverse_charge=invoice.get("customer_tax_exempt") == "reverse",
        corrects="",
        notes={"es": settings.note_es, "en": settings.note_en},
        e_invoice=settings.issues_electronic,
    )


def _of_refund(refund: Json, original: Receipt, notes: list[Any]) -> Snapshot:
    """The original's parties and rates, with the refunded part of it, negative.

    notes: the snapshots of its credit notes so far. Taxes are shared of all that is
    refunded with this one, less what was given back: parts add up to the whole.
    """
    was: Any = original.snapshot
    total = -refund["amount"]
    given = sum(note["total"] for note in notes)
    taxes = [
        _less(_share(tax, given + total, was["total"]), index, notes)
        for index, tax in enumerate(was["taxes"])
    ]
    net = total - sum(tax["amount"] for tax in taxes)
    changed: Any = {
        **was,
        "title": "credit_note",
        "lines": [Line(text="", quantity=1, net=net, discount=0, period=[])],
        "net": net,
        "taxes": taxes,
        "total": total,
        "carried": 0,
        "paid_on": _day(refund["created"]),
        "corrects": original.code,
    }
    return cast(Snapshot, changed)


def _share(tax: Tax, part: int, whole: int) -> Tax:
    """The part of a tax that belongs to a part of the total, rounded half away from 0."""
    amount = _round(tax["amount"] * part, whole)
    return Tax(
        name=tax["name"],
        percent=tax["percent"],
        base=_round(tax["base"] * part, whole),
        amount=amount,
    )


def _less(tax: Tax, index: int, notes: list[Any]) -> Tax:
    """A tax without what earlier credit notes took back of it."""
    before = [note["taxes"][index] for note in notes]
    base = tax["base"] - sum(one["base"] for one in before)
    amount = tax["amount"] - sum(one["amount"] for one in before)
    return Tax(name=tax["name"], percent=tax["percent"], base=base, amount=amount)


def _round(numerator: int, denominator: int) -> int:
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    top, bottom = abs(numerator), abs(denominator)
    return sign * ((2 * top + bottom) // (2 * bottom))


def _text(line: Json, language: str) -> str:
    """The plan as we call it; Stripe's own words for unknown prices."""
    pricing = (line.get("pricing") or {}).get("price_details") or {}
    price = PlanPrice.objects.filter(stripe_price=pricing.get("price", "")).first()
    if price is None:
        return (line.get("description") or "")[:300]
    with translation.override(language):
        if line["amount"] < 0 and entitlements.is_proration(line):
            return gettext("Not used of %(plan)s") % {"plan": price.title}
        return price.title


def _line(line: Json, language: str) -> Line:
    discount = sum(row["amount"] for row in line.get("discount_amounts") or [])
    included = sum(
        row["amount"]
        for row in line.get("taxes") or []
        if row["tax_behavior"] == "inclusive"
    )
    period = line.get("period") or {}
    long = period and period["end"] - period["start"] > 86400
    return Line(
        text=_text(line, language),
        quantity=line.get("quantity") or 1,
        net=line["amount"] - discount - included,
        discount=discount,
        period=[_day(period["start"]), _day(period["end"])] if long else [],
    )


def _tax(row: Json, invoice: Json) -> Tax:
    rate = _rate((row.get("tax_rate_details") or {}).get("tax_rate"), invoice)
    percent = rate.get("effective_percentage") or rate.get("percentage")
    return Tax(
        name=rate.get("display_name") or "",
        percent="" if percent is None else f"{percent:g}",
        base=row.get("taxable_amount") or 0,
        amount=row["amount"],
    )


def _rate(rate_id: str | None, invoice: Json) -> Json:
    """A tax rate's name and percentage; asks Stripe for one that was never seen."""
    for rate in invoice.get("default_tax_rates") or []:
        if rate["id"] == rate_id:
            return dict(rate)
    if not rate_id:
        return {}
    known = mirror.get("tax_rate", rate_id)
    return known or mirror.refresh_if_there("tax_rate", rate_id) or {}


def _issuer(settings: BillingSettings) -> Party:
    return Party(
        name=settings.issuer_name,
        country=settings.issuer_country,
        address=settings.issuer_address.splitlines(),
        tax_ids=[settings.issuer_tax_id] if settings.issuer_tax_id else [],
        email=settings.issuer_email,
    )


def _customer(invoice: Json) -> Party:
    address = invoice.get("customer_address") or {}
    town = " ".join(filter(None, [address.get("postal_code"), address.get("city")]))
    rows = [address.get("line1"), address.get("line2"), town, address.get("state")]
    return Party(
        name=invoice.get("customer_name") or "",
        country=address.get("country") or "",
        address=[row for row in [*rows, address.get("country")] if row],
        tax_ids=[row["value"] for row in invoice.get("customer_tax_ids") or []],
        email=invoice.get("customer_email") or "",
    )


def _day(seconds: int) -> str:
    """Stripe's moment as a date (UTC), the form kept in a snapshot."""
    return entitlements.moment(seconds).date().isoformat()
