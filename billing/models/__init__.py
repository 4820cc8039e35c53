"""What the school sells, to whom, and what was issued for it."""

from billing.models.customers import CheckoutAttempt, CustomerLink
from billing.models.gifts import GiftCode, GiftRedemption
from billing.models.inbox import InboxEvent
from billing.models.pages import PricingPage
from billing.models.plans import Plan, PlanPrice
from billing.models.receipts import InvoiceSeries, Receipt
from billing.models.settings import BillingSettings

__all__ = [
    "BillingSettings",
    "CheckoutAttempt",
    "CustomerLink",
    "GiftCode",
    "GiftRedemption",
    "InboxEvent",
    "InvoiceSeries",
    "Plan",
    "PlanPrice",
    "PricingPage",
    "Receipt",
]
