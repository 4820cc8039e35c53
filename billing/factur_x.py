"""An invoice's content for machines: Factur-X 1.0, profile BASIC (EN 16931, UN/CEFACT CII).

Made of the snapshot alone, checked against the standard's schema, embedded in a PDF/A-3.
Codes: UNTDID 1001 (document), UNCL 5305 (tax category), UN/ECE Recommendation 20 (units).
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from billing import money
from billing.models.receipts import Kind, Receipt

PROFILE = "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic"
INVOICE, CREDIT_NOTE = "380", "381"
SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
for _prefix, _space in SPACES.items():
    ElementTree.register_namespace(_prefix, _space)
STANDARD, ZERO, EXEMPT, REVERSE = "S", "Z", "E", "AE"
PIECE = "C62"
MOST_DECIMALS = 2
# what XML cannot hold at all: https://www.w3.org/TR/xml/#charsets
NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True)
class Rate:
    """One tax rate of the document, in minor units; reason: why no tax is due."""

    category: str
    percent: str
    base: int
    amount: int
    reason: str = ""


@dataclass(frozen=True)
class Item:
    text: str
    net: int
    rate: Rate


def wanted(receipt: Receipt) -> bool:
    """Only of invoices, and of credit notes to them, issued while the setting was on.

    The standard has two decimals at most (BR-DEC): what needs a third is left out.
    """
    return bool(receipt.snapshot.get("e_invoice")) and _fits(receipt)


def _fits(receipt: Receipt) -> bool:
    data = receipt.snapshot
    lines = [line["net"] for line in data["lines"]]
    taxes = [value for tax in data["taxes"] for value in (tax["base"], tax["amount"])]
    amounts = [data["total"], data["net"], *lines, *taxes]
    too_fine = 10 if money.decimals(receipt.currency) > MOST_DECIMALS else 1
    return not any(amount % too_fine for amount in amounts)


def embed(pdf: bytes, receipt: Receipt) -> bytes:
    """The PDF/A-3 with the XML inside. Raises Exception when the XML breaks the schema."""
    import facturx  # loads lxml and pypdf: only where a document is made

    made: bytes = facturx.generate_from_binary(
        pdf,
        xml(receipt),
        flavor="factur-x",
        level="basic",
        check_xsd=True,
        check_schematron=False,  # would ask a server elsewhere
        lang=receipt.language,
        pdf_metadata={
            "author": plain(receipt.snapshot["issuer"]["name"]),
            "keywords": "Factur-X",
            "title": receipt.code,
            "subject": receipt.code,
        },
    )
    return made


def xml(receipt: Receipt) -> bytes:
    """The document as Factur-X. A credit note's amounts are positive: its code says what
    they are."""
    root = ElementTree.Element(_name("rsm:CrossIndustryInvoice"))
    context = _add(root, "rsm:ExchangedDocumentContext")
    guideline = _add(context, "ram:GuidelineSpecifiedDocumentContextParameter")
    _add(guideline, "ram:ID", PROFILE)
    document = _add(root, "rsm:ExchangedDocument")
    _add(document, "ram:ID", receipt.code)
    _add(document, "ram:TypeCode", type_code(receipt))
    _date(_add(document, "ram:IssueDateTime"), receipt.issued_at.date())
    deal = _add(root, "rsm:SupplyChainTradeTransaction")
    for number, item in enumerate(items(receipt), start=1):
        _line(deal, number, item, receipt.currency)
    agreement = _add(deal, "ram:ApplicableHeaderTradeAgreement")
    issuer, customer = receipt.snapshot["issuer"], receipt.snapshot["customer"]
    country = issuer.get("country", "")
    _party(agreement, "ram:SellerTradeParty", issuer, country)
    _party(agreement, "ram:BuyerTradeParty", customer, country)
    _delivery(deal, receipt)
    _settlement(deal, receipt)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def type_code(receipt: Receipt) -> str:
    return CREDIT_NOTE if receipt.kind == Kind.CREDIT_NOTE else INVOICE


def rates(receipt: Receipt) -> list[Rate]:
    """Every tax of the document, and one more for what no tax was charged on."""
    data, sign = receipt.snapshot, _sign(receipt)
    found = [
        Rate(
            STANDARD if Decimal(tax["percent"] or 0) else ZERO,
            tax["percent"] or "0",
            sign * tax["base"],
            sign * tax["amount"],
        )
        for tax in data["taxes"]
        if not (data["reverse_charge"] and not tax["amount"])
    ]
    rest = sign * data["net"] - sum(rate.base for rate in found)
    if rest or not found:
        category, reason = EXEMPT, "Exempt"
        if data["reverse_charge"]:
            category, reason = REVERSE, "Reverse charge"
        found.append(Rate(category, "0", rest, 0, reason))
    return found


def items(receipt: Receipt) -> list[Item]:
    """The lines of the document. With several rates, of which the document does not say
    which line has which, one line for each rate."""
    data, sign = receipt.snapshot, _sign(receipt)
    all_rates = rates(receipt)
    lines = [
        Item(_text(line), sign * line["net"], all_rates[0]) for line in data["lines"]
    ]
    whole = sum(item.net for item in lines) == sign * data["net"]
    if len(all_rates) == 1 and lines and whole:
        return lines
    text = ", ".join(dict.fromkeys(_text(line) for line in data["lines"]))[:300]
    return [Item(text or receipt.code, rate.base, rate) for rate in all_rates]


def _text(line: dict[str, Any]) -> str:
    text = plain(line["text"]) or "Refund"
    return f"{line['quantity']} × {text}" if line["quantity"] != 1 else text


def _sign(receipt: Receipt) -> int:
    return -1 if receipt.kind == Kind.CREDIT_NOTE else 1


def _line(deal: ElementTree.Element, number: int, item: Item, currency: str) -> None:
    """A negative line is a negative quantity of something with a positive price."""
    line = _add(deal, "ram:IncludedSupplyChainTradeLineItem")
    _add(_add(line, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(number))
    _add(_add(line, "ram:SpecifiedTradeProduct"), "ram:Name", item.text)
    agreement = _add(line, "ram:SpecifiedLineTradeAgreement")
    price = _add(agreement, "ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", _amount(abs(item.net), currency))
    quantity = "1" if item.net >= 0 else "-1"
    delivery = _add(line, "ram:SpecifiedLineTradeDelivery")
    _add(delivery, "ram:BilledQuantity", quantity, unitCode=PIECE)
    settlement = _add(line, "ram:SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:TypeCode", "VAT")
    _add(tax, "ram:CategoryCode", item.rate.category)
    _add(tax, "ram:RateApplicablePercent", item.rate.percent)
    total = _add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _add(total, "ram:LineTotalAmount", _amount(item.net, currency))


def _party(
    parent: ElementTree.Element, tag: str, party: dict[str, Any], country: str
) -> None:
    """country: used where the party's own is not known, for the standard wants one."""
    node = _add(parent, tag)
    _add(node, "ram:Name", plain(party["name"]) or plain(party["email"]) or "—")
    own = party.get("country") or country
    address = _add(node, "ram:PostalTradeAddress")
    rows = [row for row in map(plain, party["address"]) if row and row != own][:3]
    for name, row in zip(("One", "Two", "Three"), rows, strict=False):
        _add(address, f"ram:Line{name}", row)
    _add(address, "ram:CountryID", own)
    for tax_id in party["tax_ids"][:1]:
        number = tax_id if tax_id[:2].isalpha() else f"{own}{tax_id}"
        registration = _add(node, "ram:SpecifiedTaxRegistration")
        _add(registration, "ram:ID", number.replace(" ", ""), schemeID="VA")


def _delivery(deal: ElementTree.Element, receipt: Receipt) -> None:
    delivery = _add(deal, "ram:ApplicableHeaderTradeDelivery")
    event = _add(delivery, "ram:ActualDeliverySupplyChainEvent")
    day = date.fromisoformat(receipt.snapshot["paid_on"])
    _date(_add(event, "ram:OccurrenceDateTime"), day)


def _settlement(deal: ElementTree.Element, receipt: Receipt) -> None:
    data, currency, sign = receipt.snapshot, receipt.currency, _sign(receipt)
    node = _add(deal, "ram:ApplicableHeaderTradeSettlement")
    _add(node, "ram:InvoiceCurrencyCode", currency)
    for rate in rates(receipt):
        tax = _add(node, "ram:ApplicableTradeTax")
        _add(tax, "ram:CalculatedAmount", _amount(rate.amount, currency))
        _add(tax, "ram:TypeCode", "VAT")
        if rate.reason:
            _add(tax, "ram:ExemptionReason", rate.reason)
        _add(tax, "ram:BasisAmount", _amount(rate.base, currency))
        _add(tax, "ram:CategoryCode", rate.category)
        _add(tax, "ram:RateApplicablePercent", rate.percent)
    terms = _add(node, "ram:SpecifiedTradePaymentTerms")
    _date(
        _add(terms, "ram:DueDateDateTime"),
        date.fromisoformat(receipt.snapshot["paid_on"]),
    )
    total, net = sign * data["total"], sign * data["net"]
    sums = _add(node, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", _amount(net, currency))
    _add(sums, "ram:TaxBasisTotalAmount", _amount(net, currency))
    taxes = _amount(total - net, currency)
    _add(sums, "ram:TaxTotalAmount", taxes, currencyID=currency)
    _add(sums, "ram:GrandTotalAmount", _amount(total, currency))
    _add(sums, "ram:TotalPrepaidAmount", _amount(total, currency))
    _add(sums, "ram:DuePayableAmount", _amount(0, currency))
    if data["corrects"]:
        corrected = _add(node, "ram:InvoiceReferencedDocument")
        _add(corrected, "ram:IssuerAssignedID", data["corrects"])


def _amount(amount: int, currency: str) -> str:
    places = min(money.decimals(currency), MOST_DECIMALS)
    return f"{money.major(amount, currency):.{places}f}"


def plain(text: str) -> str:
    """In one line, without what XML has no place for."""
    return " ".join(NOT_XML.sub("", text).split())


def _date(parent: ElementTree.Element, day: date) -> None:
    _add(parent, "udt:DateTimeString", f"{day:%Y%m%d}", format="102")


def _add(
    parent: ElementTree.Element, tag: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, _name(tag), attributes)
    node.text = plain(text) or None
    return node


def _name(tag: str) -> str:
    prefix, _colon, name = tag.partition(":")
    return f"{{{SPACES[prefix]}}}{name}"
