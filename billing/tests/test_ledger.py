"""The accountant's file."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone, translation

from audit.models import AuditEvent
from billing import ledger
from billing.models import InvoiceSeries, Receipt
from billing.models.receipts import Kind
from billing.tests import make

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


def party(name: str = "Ana", **fields: Any) -> dict[str, Any]:
    return {"name": name, "address": ["Calle 1", "28013 Madrid", "ES"],
            "tax_ids": [], "email": "", **fields}  # fmt: skip


def tax(percent: str, base: int, amount: int, name: str = "IVA") -> dict[str, Any]:
    return {"name": name, "percent": percent, "base": base, "amount": amount}


def receipt(
    number: int,
    *,
    currency: str = "EUR",
    taxes: tuple[dict[str, Any], ...] = (),
    net: int = 1570,
    kind: Kind = Kind.RECEIPT,
    at: datetime = datetime(2026, 3, 5, tzinfo=UTC),
    corrects: Receipt | None = None,
    **customer: Any,
) -> Receipt:
    series, _ = InvoiceSeries.objects.get_or_create(
        code=kind.value.replace("_", "-"), defaults={"kind": kind, "prefix": kind[0]}
    )
    total = net + sum(one["amount"] for one in taxes)
    snapshot = {
        "title": kind, "prefix": "R-", "issuer": party(), "lines": [], "net": net,
        "customer": party(**customer), "taxes": list(taxes), "total": total,
        "currency": currency, "paid_on": "2026-03-05", "stripe_number": f"S-{number}",
        "reverse_charge": False, "corrects": corrects.code if corrects else "",
        "notes": {"es": "", "en": ""},
    }  # fmt: skip
    return Receipt.objects.create(
        series=series, number=number, kind=kind, source=f"in_{kind}_{number}",
        issued_at=at, language="es", currency=currency, total=total,
        snapshot=snapshot, corrects=corrects,
    )  # fmt: skip


def lines(first: date = MARCH, series: str = "") -> list[dict[str, str]]:
    with translation.override("en"):
        text = ledger.text(ledger.receipts_of(first, series))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_each_rate_has_its_columns_and_credit_notes_are_negative() -> None:
    first = receipt(1, taxes=(tax("21", 1570, 330),))
    receipt(2, net=1000, taxes=(tax("10", 600, 60), tax("21", 400, 84)))
    receipt(1, kind=Kind.CREDIT_NOTE, net=-785, taxes=(tax("21", -785, -165),),
            corrects=first)  # fmt: skip
    note, one, two = lines()
    assert (one["Number"], one["Net"], one["Total"]) == ("R-000001", "15.70", "19.00")
    assert (one["IVA 21 %: base"], one["IVA 21 %: tax"]) == ("15.70", "3.30")
    assert one["IVA 10 %: base"] == ""
    assert (two["IVA 10 %: tax"], two["IVA 21 %: tax"]) == ("0.60", "0.84")
    assert (note["Total"], note["IVA 21 %: tax"]) == ("-9.50", "-1.65")
    assert note["Corrects"] == "R-000001"


@pytest.mark.parametrize(
    ("currency", "shown"),
    [("EUR", "1234.56"), ("CLP", "123456"), ("JPY", "123456"), ("KWD", "123.456")],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, shown: str) -> None:
    receipt(1, currency=currency, net=123456)
    [row] = lines()
    assert (row["Net"], row["Total"], row["Currency"]) == (shown, shown, currency)


def test_names_are_no_formulas_and_numbers_stay_numbers() -> None:
    receipt(1, net=-5, name='=cmd|" /C calc"!A0', tax_ids=["+1", "@x"])
    [row] = lines()
    assert row["Customer"] == '\'=cmd|" /C calc"!A0'
    assert row["Tax number"] == "'+1 @x"
    assert row["Net"] == "-0.05"


def test_a_month_ends_where_the_next_begins_in_the_schools_zone() -> None:
    with timezone.override("Europe/Madrid"):
        receipt(1, at=datetime(2026, 2, 28, 22, 59, tzinfo=UTC))
        receipt(2, at=datetime(2026, 2, 28, 23, 0, tzinfo=UTC))
        receipt(3, at=datetime(2026, 3, 31, 21, 59, tzinfo=UTC))
        receipt(4, at=datetime(2026, 3, 31, 22, 0, tzinfo=UTC))
        assert [row["Number"] for row in lines()] == ["R-000002", "R-000003"]
        assert lines()[0]["Date"] == "2026-03-01"
        counts = [(one.month.month, one.count) for one in ledger.volumes()]
        assert counts == [(4, 1), (3, 2), (2, 1)]
        december = receipt(5, at=datetime(2026, 12, 31, 12, tzinfo=UTC))
        assert ledger.receipts_of(date(2026, 12, 1)) == [december]


def test_the_country_is_that_of_the_customer() -> None:
    receipt(1)
    receipt(2, country="MX")
    receipt(3, address=["Somewhere"])
    assert [row["Country"] for row in lines()] == ["ES", "MX", ""]


def test_a_month_takes_two_statements(django_assert_num_queries: Any) -> None:
    for number in range(1, 6):
        receipt(number, taxes=(tax("21", 1570, 330),))
    with django_assert_num_queries(2):
        ledger.text(ledger.receipts_of(MARCH))


def test_an_owner_downloads_what_was_bought_with_stripes_ids(
    buyer: make.Buyer, owner: Any, editor: Any, client_of: Any
) -> None:
    issued = Receipt.objects.get().issued_at
    url = f"/admin/billing_ledger/{issued.year}/{issued.month}/"
    assert url in client_of(owner).get(
        "/admin/billing_ledger/"
    ).content.decode().replace("/es/admin", "/admin")
    answer = client_of(owner).get(url)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert buyer.customer in text
    assert "pi_" in text
    assert AuditEvent.objects.filter(action="billing.ledger").count() == 1
    assert "C-" not in client_of(owner).get(f"{url}receipt/").content.decode()
    assert client_of(editor).get(url).status_code == 302
    never = "/admin/billing_ledger/2026/13/"
    assert client_of(owner).get(never, follow=True).status_code == 404
