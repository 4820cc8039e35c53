"""The month for the accountant: every receipt and credit note as one line of a CSV file."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djstripe import models as djstripe

from billing import entitlements, money
from billing.models.receipts import InvoiceSeries, Receipt
from billing.stripe_api import Json, id_of
from courses import grants
from courses.spreadsheets import harmless

BOM = "\ufeff"  # spreadsheets read the file as UTF-8 then
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Volume:
    """One month of one series, and how many documents it holds."""

    month: date
    series: InvoiceSeries
    count: int


def volumes() -> list[Volume]:
    """The newest month first. Two statements. Months are those of the active time zone."""
    series = {row.pk: row for row in InvoiceSeries.objects.all()}
    rows = (
        Receipt.objects.annotate(month=TruncMonth("issued_at"))
        .values("month", "series")
        .annotate(count=Count("pk"))
        .order_by("-month", "series__code")
    )
    return [
        Volume(row["month"].date(), series[row["series"]], row["count"]) for row in rows
    ]


def receipts_of(first: date, series: str = "") -> list[Receipt]:
    """What was issued in the month that begins that day, by number. One statement."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    rows = Receipt.objects.filter(
        issued_at__gte=grants.start_of(first), issued_at__lt=grants.start_of(following)
    )
    if series:
        rows = rows.filter(series__code=series)
    return list(rows.select_related("corrects").order_by("series__code", "number"))


def text(receipts: list[Receipt]) -> str:
    """The file: one line a document, amounts with a dot and the currency's decimals,
    credit notes negative. Two columns for each tax rate that occurs. One statement."""
    rates = rates_of(receipts)
    at_stripe = _invoices(receipts)
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(headings(rates))
    for receipt in receipts:
        writer.writerow(line(receipt, rates, at_stripe.get(_origin(receipt), {})))
    return out.getvalue()


def rates_of(receipts: Iterable[Receipt]) -> list[tuple[str, str]]:
    """The (name, percent) pairs that occur, the highest percentage first."""
    found = {
        (tax["name"], tax["percent"])
        for receipt in receipts
        for tax in receipt.snapshot["taxes"]
    }
    return sorted(found, key=lambda rate: (-float(rate[1] or 0), rate[0]))


def headings(rates: Iterable[tuple[str, str]]) -> list[str]:
    taxes = []
    for name, percent in rates:
        rate = harmless(f"{name} {percent} %".strip() if percent else name)
        taxes += [_("%s: base") % rate, _("%s: tax") % rate]
    return [
        _("Number"), _("Date"), _("Document"), _("Corrects"), _("Customer"),
        _("Tax number"), _("Country"), _("Net"), *taxes, _("Total"), _("Currency"),
        _("Reverse charge"), _("Stripe document"), _("Stripe number"),
        _("Stripe customer"), _("Stripe payment"),
    ]  # fmt: skip


def line(
    receipt: Receipt, rates: Iterable[tuple[str, str]], invoice: Json
) -> list[str]:
    """One document. Texts cannot be run as formulas; numbers stay numbers."""
    data = receipt.snapshot
    taxes: list[str] = []
    for rate in rates:
        mine = [tax for tax in data["taxes"] if (tax["name"], tax["percent"]) == rate]
        for part in ("base", "amount"):
            amount = sum(tax[part] for tax in mine)
            taxes.append(plain(amount, receipt.currency) if mine else "")
    customer = data["customer"]
    before = [
        receipt.code,
        localdate(receipt.issued_at).isoformat(),
        str(receipt.get_kind_display()),
        data["corrects"],
        customer["name"],
        " ".join(customer["tax_ids"]),
        country_of(customer),
    ]
    after = [
        receipt.currency,
        _("yes") if data["reverse_charge"] else "",
        receipt.source,
        data["stripe_number"],
        _id(invoice.get("customer")),
        " ".join(sorted(entitlements.payment_intents(invoice))),
    ]
    return [
        *map(harmless, before),
        plain(data["net"], receipt.currency),
        *taxes,
        plain(receipt.total, receipt.currency),
        *map(harmless, after),
    ]


def plain(amount: int, currency: str) -> str:
    """The amount for a machine: 1900 EUR is 19.00, 1900 CLP is 1900."""
    return f"{money.major(amount, currency):.{money.decimals(currency)}f}"


def country_of(customer: dict[str, Any]) -> str:
    """The two letters; in snapshots of earlier versions they end the address."""
    if "country" in customer:
        return str(customer["country"])
    last = customer["address"][-1] if customer["address"] else ""
    return last if COUNTRY.fullmatch(last) else ""


def _origin(receipt: Receipt) -> str:
    """The Stripe invoice of a receipt, or of the receipt that a credit note corrects."""
    return receipt.corrects.source if receipt.corrects else receipt.source


def _invoices(receipts: Iterable[Receipt]) -> dict[str, Json]:
    ids = {_origin(receipt) for receipt in receipts}
    rows = djstripe.Invoice.objects.filter(id__in=ids)
    return dict(rows.values_list("id", "stripe_data"))


def _id(found: Any) -> str:
    return str(id_of(found) or "")
