"""Coupons and promotion codes once a customer uses them."""

from billing.fakestripe.engine import months
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


def promotion(store: Store, code: str, *, currency: str) -> Obj:
    """The active promotion code a customer typed; StripeError if it cannot be used."""
    for row in store.all("promotion_code", active=True):
        if row["code"].lower() == code.strip().lower() and usable(store, row, currency):
            return row
    raise StripeError(
        "This code is invalid.", code="promotion_code_invalid", param="code"
    )


def usable(store: Store, row: Obj, currency: str) -> bool:
    coupon = store.get("coupon", row["promotion"]["coupon"])
    expired = row["expires_at"] is not None and row["expires_at"] <= store.now()
    spent = (
        row["max_redemptions"] is not None
        and row["times_redeemed"] >= row["max_redemptions"]
    )
    foreign = coupon["currency"] not in {None, currency}
    return not (expired or spent or foreign) and bool(coupon["valid"])


def given(store: Store, rows: list[Obj] | str | None) -> list[Obj]:
    """`discounts[]` of a request as rows of {coupon, promotion_code}."""
    found: list[Obj] = []
    for row in rows or []:
        if not isinstance(row, dict):
            continue
        if row.get("promotion_code"):
            code = store.get("promotion_code", row["promotion_code"], "discounts")
            found.append(
                {"coupon": code["promotion"]["coupon"], "promotion_code": code["id"]}
            )
        elif row.get("coupon"):
            coupon = store.get("coupon", row["coupon"], "discounts")
            found.append({"coupon": coupon["id"], "promotion_code": None})
    return found


def redeem(
    store: Store, row: Obj, *, customer: str | None, subscription: str | None
) -> Obj:
    """The discount object for one use; counts the redemption."""
    coupon = store.get("coupon", row["coupon"])
    coupon["times_redeemed"] += 1
    if (
        coupon["max_redemptions"]
        and coupon["times_redeemed"] >= coupon["max_redemptions"]
    ):
        coupon["valid"] = False
    code = store.find("promotion_code", row.get("promotion_code"))
    if code:
        code["times_redeemed"] += 1
    start = store.now()
    end = None
    if coupon["duration"] == "repeating":
        end = months.add(start, "month", coupon["duration_in_months"])
    made = fresh(store, "discount", customer=customer, subscription=subscription)
    made.update(
        start=start,
        end=end,
        promotion_code=row.get("promotion_code"),
        source={"coupon": coupon["id"], "type": "coupon"},
    )
    return store.put("discount", made)


def current(store: Store, subscription: Obj, now: int) -> list[Obj]:
    """The discounts that still apply to the next invoice of the subscription."""
    rows = [store.get("discount", discount) for discount in subscription["discounts"]]
    return [row for row in rows if row["end"] is None or row["end"] > now]


def spend(store: Store, subscription: Obj, now: int) -> None:
    """After an invoice: `once` coupons and those that ran out leave the subscription."""
    subscription["discounts"] = [
        row["id"]
        for row in current(store, subscription, now)
        if store.get("coupon", row["source"]["coupon"])["duration"] != "once"
    ]
