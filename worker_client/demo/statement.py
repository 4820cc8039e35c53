"""A thinkorswim account statement, written as the platform exports it."""

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

FIRST, LAST = date(2024, 12, 3), date(2026, 11, 20)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Deal:
    at: datetime
    quantity: int  # signed
    opens: bool
    symbol: str
    price: Decimal
    option: tuple[date, int, str] | None = None


def statement(rng: random.Random, deals: list[Deal]) -> str:
    start = Decimal("10000.00")
    lines: list[list[str]] = [
        [
            f"Account Statement for 99000123 (individual) since {us(FIRST)} through {us(LAST)}"
        ],
        [],
        ["Cash Balance"],
        [
            "DATE",
            "TIME",
            "TYPE",
            "REF #",
            "DESCRIPTION",
            "Misc Fees",
            "Commissions & Fees",
            "AMOUNT",
            "BALANCE",
        ],
        [
            us(FIRST),
            "00:00:00",
            "BAL",
            "",
            "Cash balance at the start of business day 03.12 CST",
            "",
            "",
            "",
            f"{start:,.2f}",
        ],
    ]
    balance, totals, reference = start, [Decimal(0)] * 3, 5300417000
    for deal in deals:
        reference += rng.randrange(40, 9000)
        fees, commission, amount = costs(deal)
        balance += amount + fees + commission
        totals = [
            a + b for a, b in zip(totals, (fees, commission, amount), strict=True)
        ]
        at = deal.at + timedelta(seconds=rng.choice([0, 0, 1, 1, 2]))
        lines.append(
            [
                us(at.date()),
                at.strftime("%H:%M:%S"),
                "TRD",
                f'="{reference}"',
                told(deal),
                money(fees),
                money(commission),
                money(amount),
                f"{balance:,.2f}",
            ]
        )
    lines.append(["", "", "", "", "TOTAL", *map(money, totals), f"{balance:,.2f}"])
    lines += [
        [],
        ["Account Order History"],
        [
            "Notes",
            "",
            "Time Placed",
            "Spread",
            "Side",
            "Qty",
            "Pos Effect",
            "Symbol",
            "Exp",
            "Strike",
            "Type",
            "PRICE",
            "",
            "TIF",
            "Status",
        ],
        [],
        ["Account Trade History"],
        [
            "",
            "Exec Time",
            "Spread",
            "Side",
            "Qty",
            "Pos Effect",
            "Symbol",
            "Exp",
            "Strike",
            "Type",
            "Price",
            "Net Price",
            "Order Type",
        ],
        *(history_row(rng, deal) for deal in reversed(deals)),
        [],
        ["Account Summary"],
        ["Total Cash", f"${balance:,.2f}"],
    ]
    return "\ufeff" + text_of(lines)


def costs(deal: Deal) -> tuple[Decimal, Decimal, Decimal]:
    """Fees and commission (negative), and the amount before them."""
    multiplier = 100 if deal.option else 1
    amount = -deal.quantity * deal.price * multiplier
    sold = amount if amount > 0 else Decimal(0)
    fees = -(sold * Decimal("0.0000278") + CENT * bool(deal.option)).quantize(CENT)
    commission = (
        Decimal("-0.65") * abs(deal.quantity) if deal.option else Decimal("0.00")
    )
    return fees, commission, amount


def told(deal: Deal) -> str:
    verb = "BOT" if deal.quantity > 0 else "SOLD"
    what = deal.symbol
    if deal.option:
        expires, strike, right = deal.option
        what = f"{deal.symbol} 100 {expiry(expires)} {strike} {right}"
    return f"{verb} {deal.quantity:+,} {what} @{short(deal.price)}"


def history_row(rng: random.Random, deal: Deal) -> list[str]:
    expires, strike, right = deal.option or (None, "", "STOCK")
    return [
        "",
        f"{us(deal.at.date())} {deal.at:%H:%M:%S}",
        "SINGLE" if deal.option else "STOCK",
        "BUY" if deal.quantity > 0 else "SELL",
        f"{deal.quantity:+,}",
        "TO OPEN" if deal.opens else "TO CLOSE",
        deal.symbol,
        expiry(expires) if expires else "",
        str(strike),
        right,
        short(deal.price),
        short(deal.price),
        rng.choice(["LMT", "LMT", "MKT"]) if deal.opens else rng.choice(["LMT", "STP"]),
    ]


def us(day: date) -> str:
    return f"{day.month}/{day.day}/{day:%y}"


def expiry(day: date) -> str:
    return f"{day.day} {day:%b %y}".upper()


def short(price: Decimal) -> str:
    """thinkorswim leaves the zero before the point out: .34"""
    return f"{price:.2f}".removeprefix("0")


def money(value: Decimal) -> str:
    return f"{value:,.2f}" if value else ""


def text_of(lines: list[list[str]]) -> str:
    """CSV as the brokers write it: quotes only where a comma needs them."""
    made = io.StringIO()
    for line in lines:
        cells = (f'"{cell}"' if "," in cell else cell for cell in line)
        made.write(",".join(cells) + "\n")
    found = made.getvalue()
    if not all(list(csv.reader(io.StringIO(found)))[0]):
        raise ValueError("the first line must name the columns")
    return found
