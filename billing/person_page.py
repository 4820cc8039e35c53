"""One subscriber on one page, for owners: plans, payments, access, and what happened when."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.models import User
from billing import entitlements, mirror, money, plan_states, timeline
from billing.models import CustomerLink, PlanPrice, Receipt
from billing.owner_pages import OwnersPage
from billing.stripe_api import Json
from billing.subscribers_admin import STATES
from courses.models import AccessGrant, Course

# grants that a person of the staff may end; the others follow from a payment
BY_HAND = frozenset({"staff", "gift", "import"})


class PersonView(OwnersPage, TemplateView):
    """A fixed number of statements, whatever they bought."""

    template_name = "billing/admin/person.html"
    header_icon = "user"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.person = get_object_or_404(User, pk=kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_page_title(self) -> str:
        return str(self.person)

    def trail(self) -> list[tuple[Any, str]]:
        return [(_("Subscribers"), reverse("billing_subscribers:index"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        customers = customers_of(self.person)
        charges = charges_of(customers)
        entries = timeline.of(
            self.person, customers, [charge["id"] for charge in charges]
        )
        labels = timeline.labels()
        return super().get_context_data(
            person=self.person,
            customers=customers,
            subscriptions=subscriptions(customers),
            payments=payments(charges, customers),
            access=access(self.person),
            entries=[(entry, labels[entry.kind]) for entry in entries],
            **kwargs,
        )


def customers_of(person: User) -> list[str]:
    links = CustomerLink.objects.filter(user=person).order_by("pk")
    return list(links.values_list("customer", flat=True))


def charges_of(customers: list[str]) -> list[Json]:
    """The kept charges, the newest first."""
    return mirror.of_customers("charge", customers)[::-1]


def subscriptions(customers: list[str]) -> list[dict[str, Any]]:
    """Two statements."""
    prices = {
        price.stripe_price: price for price in PlanPrice.objects.select_related("plan")
    }
    return [
        {
            "id": row["id"],
            "plan": prices.get(entitlements.items(row)[0]["price"]["id"]),
            "price": entitlements.items(row)[0]["price"]["id"],
            "state": STATES.get(plan_states.state_of(row), row["status"]),
            "since": entitlements.moment(row.get("start_date") or row["created"]),
            "until": entitlements.period_end(row),
        }
        for row in mirror.of_customers("subscription", customers)[::-1]
    ]


def payments(charges: list[Json], customers: list[str]) -> list[dict[str, Any]]:
    """Each charge with its receipt. Two statements."""
    by_intent = {
        intent: invoice["id"]
        for invoice in mirror.of_customers("invoice", customers)
        for intent in entitlements.payment_intents(invoice)
    }
    receipts = {
        row.source: row for row in Receipt.objects.filter(source__in=by_intent.values())
    }
    return [
        {
            "id": charge["id"],
            "at": entitlements.moment(charge["created"]),
            "amount": money.show(charge["amount"], charge["currency"]),
            "refunded": money.show(charge["amount_refunded"], charge["currency"])
            if charge["amount_refunded"]
            else "",
            "paid": charge["status"] == "succeeded",
            "disputed": charge.get("disputed"),
            "receipt": receipts.get(
                by_intent.get(charge.get("payment_intent") or "", "")
            ),
            "refundable": charge["status"] == "succeeded" and not charge["refunded"],
        }
        for charge in charges
    ]


def access(person: User) -> list[dict[str, Any]]:
    """Every grant there ever was, with what it opens. Three statements."""
    titles = {
        str(key): title for key, title in Course.objects.values_list("key", "title")
    }
    now = timezone.now()
    rows = AccessGrant.objects.filter(user=person)
    valid = set(AccessGrant.objects.valid_at(now).filter(user=person).values_list("pk"))
    return [
        {
            "grant": row,
            "opens": titles.get(row.scope_ref)
            or f"{row.get_scope_display()} {row.scope_ref}".strip(),
            "valid": (row.pk,) in valid,
            "by_hand": row.source_kind in BY_HAND and (row.pk,) in valid,
        }
        for row in rows
    ]
