"""Money: line amounts, taxes, discounts. Integers in the currency's minor unit."""

from decimal import ROUND_HALF_UP, Decimal

from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store

ZERO_DECIMAL = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga",
    "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
AUTOMATIC_TAX_PERCENT = 21


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def unit_amount(price: Obj, quantity: int) -> int:
    """Price times quantity; unit_amount_decimal may have a fraction of a minor unit."""
    return rounded(Decimal(str(price["unit_amount_decimal"])) * quantity)


def major(amount: int, currency: str) -> str:
    """Plain text in the major unit: 1900 eur -> 19.00, 1900 clp -> 1900."""
    if currency in ZERO_DECIMAL:
        return str(amount)
    return f"{Decimal(amount) / 100:.2f}"


def automatic_rate(store: Store) -> Obj:
    """The rate automatic tax applies: one stored 21 % rate, made on first use."""
    for rate in store.all("tax_rate"):
        if rate.get("_automatic"):
            return rate
    rate = fresh(store, "tax_rate", display_name="IVA", country="ES", tax_type="vat")
    rate.update(
        percentage=AUTOMATIC_TAX_PERCENT,
        effective_percentage=AUTOMATIC_TAX_PERCENT,
        _automatic=True,
    )
    return store.put("tax_rate", rate)


def tax_entry(rate: Obj, amount: int, behavior: str) -> Obj:
    """One tax of a line whose (discounted) amount is given; inclusive tax is part of it."""
    percent = Decimal(str(rate["percentage"]))
    inclusive = behavior == "inclusive"
    base = Decimal(100) + percent if inclusive else Decimal(100)
    tax = rounded(Decimal(amount) * percent / base)
    return {
        "amount": tax,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "standard_rated"
        if rate.get("_automatic")
        else "not_available",
        "taxable_amount": amount - tax if inclusive else amount,
        "type": "tax_rate_details",
    }


def behavior_of(rate: Obj, price: Obj | None) -> str:
    """Automatic tax follows the price; a rate set by hand says itself."""
    if rate.get("_automatic"):
        return (
            "inclusive"
            if price and price["tax_behavior"] == "inclusive"
            else "exclusive"
        )
    return "inclusive" if rate["inclusive"] else "exclusive"


def line(
    store: Store,
    price: Obj,
    quantity: int,
    period: tuple[int, int],
    *,
    amount: int | None = None,
) -> Obj:
    """An invoice line without taxes yet; its description is what a customer reads."""
    total = unit_amount(price, quantity) if amount is None else amount
    product = store.get("product", price["product"])
    row = fresh(
        store, "line_item", amount=total, subtotal=total, currency=price["currency"]
    )
    row.update(
        quantity=quantity,
        quantity_decimal=str(quantity),
        description=f"{quantity} × {product['name']}{_each(price)}",
        period={"start": period[0], "end": period[1]},
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
    )
    return row


def _each(price: Obj) -> str:
    if not price["recurring"]:
        return ""
    text = f"{major(price['unit_amount'] or 0, price['currency'])} {price['currency'].upper()}"
    return f" (at {text} / {price['recurring']['interval']})"


def discount_lines(store: Store, lines: list[Obj], discounts: list[Obj]) -> None:
    """Write each discount's share into the lines; never below zero."""
    for discount in discounts:
        coupon = store.get("coupon", discount["source"]["coupon"])
        left = coupon["amount_off"] or 0
        for row in lines:
            before = row["amount"] - sum(
                part["amount"] for part in row["discount_amounts"]
            )
            if before <= 0:
                continue
            if coupon["percent_off"]:
                share = rounded(
                    Decimal(before) * Decimal(str(coupon["percent_off"])) / 100
                )
            else:
                share = min(before, left)
                left -= share
            row["discount_amounts"].append(
                {"amount": share, "discount": discount["id"]}
            )


def tax_lines(store: Store, lines: list[Obj], rates: list[Obj]) -> None:
    for row in lines:
        price = store.find("price", row["pricing"]["price_details"]["price"])
        net = row["amount"] - sum(part["amount"] for part in row["discount_amounts"])
        row["taxes"] = [
            tax_entry(rate, net, behavior_of(rate, price)) for rate in rates
        ]


def totals(lines: list[Obj]) -> Obj:
    """subtotal, total and their tax-free twins, and the sums per discount and per tax rate."""
    subtotal = sum(row["amount"] for row in lines)
    discounts = _sums(
        (part["discount"], part) for row in lines for part in row["discount_amounts"]
    )
    taxes = _sums(
        (tax["tax_rate_details"]["tax_rate"], tax)
        for row in lines
        for tax in row["taxes"]
    )
    exclusive = sum(
        tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive"
    )
    inclusive = sum(
        tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive"
    )
    total = subtotal - sum(part["amount"] for part in discounts) + exclusive
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inclusive,
        "total": total,
        "total_excluding_tax": total - exclusive - inclusive,
        "total_discount_amounts": discounts,
        "total_taxes": taxes,
    }


def _sums(parts: object) -> list[Obj]:
    found: dict[str, Obj] = {}
    for key, part in parts:  # type: ignore[attr-defined]
        if key not in found:
            found[key] = {**part, "amount": 0}
            if "taxable_amount" in part:
                found[key]["taxable_amount"] = 0
        found[key]["amount"] += part["amount"]
        if "taxable_amount" in part:
            found[key]["taxable_amount"] += part["taxable_amount"]
    return list(found.values())
