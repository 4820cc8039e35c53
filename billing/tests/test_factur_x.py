"""Electronic invoices: only when they are invoices, valid, with the right tax lines."""

import io
from typing import Any
from xml.etree import ElementTree

import pytest

from billing import factur_x, pdf
from billing.models import BillingSettings, Receipt
from billing.models.receipts import Kind
from billing.tests import make
from billing.tests.test_ledger import party, receipt, tax

pytestmark = pytest.mark.django_db
RAM = f"{{{factur_x.SPACES['ram']}}}"
ISSUER = party("School", tax_ids=["B00000000"], country="ES")


def electronic(row: Receipt, **changes: Any) -> Receipt:
    """Not saved: a receipt never changes once it is issued."""
    line = {"text": "AMI Pro", "quantity": 1, "net": row.snapshot["net"],
            "discount": 0, "period": []}  # fmt: skip
    row.snapshot = {
        **row.snapshot, "issuer": ISSUER, "lines": [line], "e_invoice": True,
        "title": "invoice", **changes,
    }  # fmt: skip
    return row


def tree(row: Receipt) -> ElementTree.Element:
    """The document, after the standard's own schema has accepted it."""
    import facturx

    content = factur_x.xml(row)
    assert facturx.xml_check_xsd(content, flavor="factur-x", level="basic")
    return ElementTree.fromstring(content)  # noqa: S314  our own


def texts(root: ElementTree.Element, *path: str) -> list[str]:
    places = "/".join(f"{RAM}{name}" for name in path)
    return [str(node.text) for node in root.iterfind(f".//{places}")]


TAX = ("ApplicableHeaderTradeSettlement", "ApplicableTradeTax")
SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation"


def test_one_rate() -> None:
    root = tree(electronic(receipt(1, taxes=(tax("21", 1570, 330),))))
    assert texts(root, *TAX, "BasisAmount") == ["15.70"]
    assert texts(root, *TAX, "CalculatedAmount") == ["3.30"]
    assert texts(root, *TAX, "RateApplicablePercent") == ["21"]
    assert texts(root, *TAX, "CategoryCode") == ["S"]
    assert texts(root, SUMS, "GrandTotalAmount") == ["19.00"]
    assert texts(root, SUMS, "DuePayableAmount") == ["0.00"]
    document = f"{{{factur_x.SPACES['rsm']}}}ExchangedDocument"
    assert root.findtext(f"{document}/{RAM}TypeCode") == "380"


def test_two_rates_have_a_line_each_and_add_up() -> None:
    taxes = (tax("10", 600, 60), tax("21", 400, 84))
    root = tree(electronic(receipt(1, net=1000, taxes=taxes)))
    assert texts(root, *TAX, "CalculatedAmount") == ["0.60", "0.84"]
    assert texts(root, "LineTotalAmount") == ["6.00", "4.00", "10.00"]
    assert texts(root, SUMS, "TaxTotalAmount") == ["1.44"]


def test_reverse_charge_and_no_tax_say_why() -> None:
    plain = receipt(1)
    reverse = electronic(plain, reverse_charge=True)
    root = tree(reverse)
    assert texts(root, *TAX, "CategoryCode") == ["AE"]
    assert texts(root, *TAX, "ExemptionReason") == ["Reverse charge"]
    exempt = tree(electronic(receipt(2)))
    assert texts(exempt, *TAX, "CategoryCode") == ["E"]


def test_a_part_without_tax_is_a_line_of_its_own() -> None:
    root = tree(electronic(receipt(1, net=1000, taxes=(tax("21", 400, 84),))))
    assert texts(root, *TAX, "BasisAmount") == ["4.00", "6.00"]
    assert texts(root, *TAX, "CategoryCode") == ["S", "E"]


def test_a_currency_without_decimals() -> None:
    row = receipt(1, currency="CLP", net=10000, taxes=(tax("19", 10000, 1900),))
    root = tree(electronic(row))
    assert texts(root, SUMS, "GrandTotalAmount") == ["11900"]


def test_what_a_proration_gives_back_is_a_negative_quantity() -> None:
    row = receipt(1, net=1000, taxes=(tax("21", 1000, 210),))
    lines = [
        {"text": text, "quantity": 1, "net": net, "discount": 0, "period": []}
        for text, net in (("Yearly", 1500), ("Unused time", -500))
    ]
    root = tree(electronic(row, lines=lines))
    assert texts(root, "BilledQuantity") == ["1", "-1"]
    assert texts(root, "NetPriceProductTradePrice", "ChargeAmount") == ["15.00", "5.00"]
    assert texts(root, "LineTotalAmount")[:2] == ["15.00", "-5.00"]


def test_a_credit_note_is_381_with_positive_amounts() -> None:
    original = receipt(7, taxes=(tax("21", 1570, 330),))
    note = receipt(1, kind=Kind.CREDIT_NOTE, net=-785, taxes=(tax("21", -785, -165),),
                   corrects=original)  # fmt: skip
    row = electronic(note)
    root = tree(row)
    assert factur_x.type_code(row) == "381"
    assert texts(root, SUMS, "GrandTotalAmount") == ["9.50"]
    assert texts(root, *TAX, "CalculatedAmount") == ["1.65"]
    assert texts(root, "InvoiceReferencedDocument", "IssuerAssignedID") == ["R-000007"]


def test_markup_in_a_name_stays_text() -> None:
    row = electronic(receipt(1, name="A & <B>\x01"))
    assert texts(tree(row), "BuyerTradeParty", "Name") == ["A & <B>"]


def test_what_xml_cannot_hold_is_left_out() -> None:
    name = "Ana\N{VERTICAL TABULATION}\ufffe\uffff\tNovo\n"
    row = electronic(receipt(1, name=name))
    row.snapshot["issuer"] = {**ISSUER, "name": "Sch\ufffeool\x1f"}
    row.snapshot["customer"]["address"] = ["Street\uffff 1", "\ufffe", "ES"]
    root = tree(row)
    assert texts(root, "BuyerTradeParty", "Name") == ["Ana Novo"]
    assert texts(root, "SellerTradeParty", "Name") == ["School"]
    assert texts(root, "BuyerTradeParty", "PostalTradeAddress", "LineOne") == [
        "Street 1"
    ]
    assert pdf.render(row).startswith(b"%PDF")


def test_a_name_of_nothing_else_is_a_dash() -> None:
    row = electronic(receipt(1, name="\ufffe"))
    row.snapshot["customer"]["email"] = ""
    assert texts(tree(row), "BuyerTradeParty", "Name") == ["—"]


def test_three_decimals_are_two_when_the_last_is_nothing() -> None:
    row = electronic(receipt(1, currency="KWD", net=1500))
    assert factur_x.wanted(row)
    assert texts(tree(row), SUMS, "GrandTotalAmount") == ["1.50"]


def test_what_needs_a_third_decimal_is_no_electronic_invoice() -> None:
    """The standard has two: the PDF says it all, without the part for machines."""
    row = electronic(receipt(1, currency="KWD", net=1500, taxes=(tax("5", 1500, 75),)))
    assert not factur_x.wanted(row)
    assert pdf.render(row).startswith(b"%PDF")


def test_the_pdf_is_a3_and_carries_the_xml() -> None:
    import facturx

    row = electronic(receipt(1, taxes=(tax("21", 1570, 330),)))
    content = pdf.render(row)
    name, found = facturx.get_xml_from_pdf(io.BytesIO(content), check_xsd=True)
    assert name == "factur-x.xml"
    assert found == factur_x.xml(row)
    assert b"/AFRelationship" in content


@pytest.fixture
def issuer(db: None) -> BillingSettings:
    row = BillingSettings.load()
    row.title, row.factur_x = "invoice", True
    row.issuer_name, row.issuer_address = "School", "Street 1"
    row.issuer_tax_id, row.issuer_country = "B00000000", "ES"
    row.save()
    return row


def test_only_an_issuer_who_issues_invoices_issues_electronic_ones(
    issuer: BillingSettings,
) -> None:
    assert issuer.issues_electronic
    for field in ("issuer_country", "issuer_tax_id", "issuer_name"):
        kept = getattr(issuer, field)
        setattr(issuer, field, "")
        assert not issuer.issues_electronic
        setattr(issuer, field, kept)
    issuer.title = "receipt"
    assert not issuer.issues_electronic


def test_what_is_bought_then_is_an_electronic_invoice(
    issuer: BillingSettings, buyer: make.Buyer
) -> None:
    row = Receipt.objects.get()
    assert factur_x.wanted(row)
    tree(row)
    buyer.fake.control("refund", customer=buyer.customer, amount=500)
    make.deliver(buyer.fake)
    note = Receipt.objects.get(kind=Kind.CREDIT_NOTE)
    assert factur_x.type_code(note) == "381"
    tree(note)


def test_a_receipt_is_no_electronic_invoice(buyer: make.Buyer) -> None:
    assert not factur_x.wanted(Receipt.objects.get())
