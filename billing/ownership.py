"""What a person has for good, so that nobody pays for it twice."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from billing import mirror
from billing.entitlements import PAYMENT
from billing.models.plans import Plan, PlanPrice
from courses.models import AccessGrant

type Scopes = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Purchase:
    """Something paid once that opens its courses now. until None: for good."""

    name: str
    until: datetime | None


def for_good(user: User) -> Scopes:
    """What is open to the person without an end: bought, given or granted. One query."""
    rows = AccessGrant.objects.valid_at(timezone.now()).filter(
        user=user, valid_until=None, revoked_at=None
    )
    return frozenset(rows.values_list("scope", "scope_ref"))


def covers(held: Scopes, plan: Plan) -> bool:
    """Whether a plan would open nothing that is not open for good already."""
    return ("all", "") in held or (bool(plan.scopes) and plan.scopes <= held)


def owns(user: User, plan: Plan) -> bool:
    """Access that ends some day is no obstacle: it may be bought again. One query."""
    return covers(for_good(user), plan)


def opened_by(user: User, session: str) -> bool:
    """Whether that Checkout session opens something now: paid, and not given back."""
    valid = AccessGrant.objects.valid_at(timezone.now())
    return valid.filter(user=user, source_kind=PAYMENT, source_ref=session).exists()


def purchases(user: User) -> list[Purchase]:
    """The person's valid purchases, the newest first. Reads the local copy only."""
    rows = AccessGrant.objects.valid_at(timezone.now()).filter(
        user=user, source_kind=PAYMENT
    )
    found = dict(rows.values_list("source_ref", "valid_until"))
    if not found:
        return []
    bought = {
        source: _price_of(mirror.get("checkout.session", source) or {})
        for source in found
    }
    names = {
        price.stripe_price: price.plan.name
        for price in PlanPrice.objects.select_related("plan").filter(
            stripe_price__in=bought.values()
        )
    }
    return [
        Purchase(names[bought[source]], until)
        for source, until in found.items()
        if bought[source] in names
    ]


def _price_of(session: dict[str, object]) -> str:
    metadata = session.get("metadata")
    return str(metadata.get("ami_price", "")) if isinstance(metadata, dict) else ""
