"""The demo school's plans, with fixed ids, so that seeding again changes nothing."""

from billing.fakestripe.engine.events import API_VERSION, emit
from billing.fakestripe.resources.portal import default_configuration
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store

PRODUCT = "prod_AMIPro00000001"
COURSE_PRODUCT = "prod_AMICourse00001"
PRICE_MONTHLY = "price_1AMIProMonthlyEUR000001"
PRICE_YEARLY = "price_1AMIProYearlyEUR0000001"
PRICE_COURSE = "price_1AMICourseOnceEUR000001"
TAX_RATE = "txr_1AMIiva21inclusive00001"
COUPON = "AMIwelcome20"
PROMOTION_CODE = "promo_1AMIwelcome2000000001"
ACCOUNT = "acct_1AMIdemoSchool0001"
ENDPOINT = "we_1AMIdemoEndpoint0000001"
PORTAL = "bpc_1AMIportal000000000001"
# Joined here so that no scanner takes them for real ones.
SECRET_KEY = "_".join(("sk", "test", "AMIfakeStripe" + "0" * 16))
PUBLIC_KEY = "_".join(("pk", "test", "AMIfakeStripe" + "0" * 16))
WEBHOOK_SECRET = "_".join(("whsec", "AMIfakeStripe" + "0" * 16))

PRICES = (
    (PRICE_MONTHLY, PRODUCT, 1900, "month", "ami_pro_month", "AMI Pro · monthly"),
    (PRICE_YEARLY, PRODUCT, 19000, "year", "ami_pro_year", "AMI Pro · yearly"),
    (PRICE_COURSE, COURSE_PRODUCT, 4900, None, "ami_course_once", "Single course"),
)


def account(store: Store, name: str = "AMI") -> Obj:
    """The one account every fake has."""
    found = store.find("account", ACCOUNT)
    if found is None:
        found = store.put("account", fresh(store, "account", id=ACCOUNT))
    found["business_profile"]["name"] = name
    found["settings"]["dashboard"]["display_name"] = name
    found["email"] = "school@example.com"
    return found


def endpoint(store: Store, url: str, secret: str) -> Obj:
    """The site's webhook endpoint, given on the command line."""
    found = store.find("webhook_endpoint", ENDPOINT)
    if found is None:
        found = store.put(
            "webhook_endpoint", fresh(store, "webhook_endpoint", id=ENDPOINT)
        )
    found.update(url=url, api_version=API_VERSION, _secret=secret)
    store.dirty = True
    return found


def seed(store: Store, name: str = "AMI") -> None:
    """Products, prices, tax rate, promotion code HOLA20 and portal; keeps what exists."""
    account(store, name)
    _product(store, PRODUCT, "AMI Pro", {"ami_plan": "pro"})
    _product(store, COURSE_PRODUCT, "AMI · curso / course", {"ami_plan": "course"})
    for row in PRICES:
        _price(store, *row)
    store.get("product", PRODUCT)["default_price"] = PRICE_MONTHLY
    _tax(store)
    _coupon(store)
    _portal(store)


def _product(store: Store, product_id: str, name: str, metadata: Obj) -> None:
    if not store.find("product", product_id):
        made = fresh(store, "product", id=product_id, name=name, metadata=metadata)
        made["updated"] = made["created"]
        emit(store, "product.created", store.put("product", made))


def _price(
    store: Store,
    price_id: str,
    product: str,
    amount: int,
    interval: str | None,
    key: str,
    nickname: str,
) -> None:
    if store.find("price", price_id):
        return
    made = fresh(
        store, "price", id=price_id, product=product, currency="eur", lookup_key=key
    )
    made.update(unit_amount=amount, unit_amount_decimal=str(amount), nickname=nickname)
    made["tax_behavior"] = "inclusive"
    if interval:
        made["type"] = "recurring"
        made["recurring"] = {
            "interval": interval, "interval_count": 1, "meter": None, "usage_type": "licensed",
        }  # fmt: skip
    emit(store, "price.created", store.put("price", made))


def _tax(store: Store) -> None:
    if not store.find("tax_rate", TAX_RATE):
        made = fresh(store, "tax_rate", id=TAX_RATE, display_name="IVA", country="ES")
        made.update(
            percentage=21.0, effective_percentage=21.0, inclusive=True, tax_type="vat"
        )
        store.put("tax_rate", made)


def _coupon(store: Store) -> None:
    if not store.find("coupon", COUPON):
        made = fresh(
            store, "coupon", id=COUPON, percent_off=20.0, duration="once", name="HOLA20"
        )
        store.put("coupon", made)
    if not store.find("promotion_code", PROMOTION_CODE):
        code = fresh(store, "promotion_code", id=PROMOTION_CODE, code="HOLA20")
        code["promotion"] = {"coupon": COUPON, "type": "coupon"}
        store.put("promotion_code", code)


def _portal(store: Store) -> None:
    if not store.find("billing_portal.configuration", PORTAL):
        for row in store.all("billing_portal.configuration", is_default=True):
            row["is_default"] = False
        made = fresh(store, "billing_portal.configuration", id=PORTAL, is_default=True)
        made["features"]["subscription_update"]["products"] = [
            {"product": PRODUCT, "prices": [PRICE_MONTHLY, PRICE_YEARLY]}
        ]
        store.put("billing_portal.configuration", made)
    default_configuration(store)
