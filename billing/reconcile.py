"""Make grants, receipts and mails follow from what Stripe says. Safe to run any time."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing import erasure, links, mirror, notices, receipts
from billing.entitlements import (
    PAYMENT,
    SUBSCRIPTION,
    CustomerObjects,
    Desired,
    DesiredGrant,
    Offer,
    Rules,
    desired_grants,
)
from billing.models.customers import CustomerLink
from billing.models.plans import PlanPrice
from billing.plan_states import LIVING
from courses import grants
from courses.models import AccessGrant

logger = logging.getLogger(__name__)
KINDS = (SUBSCRIPTION, PAYMENT)
TRIES = 3
type Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Change:
    """One difference between the grants there are and those there should be."""

    action: str  # grant, move, revoke
    key: Key  # scope, reference, kind and source
    until: datetime | None

    def __str__(self) -> str:
        scope, ref, _kind, source = self.key
        until = f" until {self.until:%Y-%m-%d %H:%M}" if self.until else ""
        return f"{self.action} {scope}{f' {ref}' if ref else ''} ({source}){until}"


def objects_of(customer: str) -> CustomerObjects:
    """Everything kept about a customer that decides what they may open."""
    charges = mirror.of_customer("charge", customer)
    return CustomerObjects(
        offers=offers(),
        subscriptions=mirror.of_customer("subscription", customer),
        sessions=mirror.of_customer("checkout.session", customer),
        invoices=mirror.of_customer("invoice", customer),
        charges=charges,
        disputes=mirror.disputes(charges),
        rules=rules(),
    )


def rules() -> Rules:
    """The school's choices among the access rules, from its settings."""
    return Rules(
        grace=timedelta(days=settings.BILLING_GRACE_DAYS),
        leeway=timedelta(hours=settings.BILLING_LEEWAY_HOURS),
        suspend_disputed=settings.BILLING_SUSPEND_DISPUTED,
        paused_opens=settings.BILLING_PAUSED_OPENS,
    )


def offers() -> dict[str, Offer]:
    """What each price opens, also those no longer on sale."""
    return {
        price.stripe_price: Offer(
            price.plan.scopes,
            timedelta(days=price.access_days) if price.access_days else None,
        )
        for price in PlanPrice.objects.select_related("plan")
    }


def follow(link: CustomerLink, *, actor: str = "stripe") -> list[Change]:
    """Bring grants, receipts and mails in line with the mirror; what changed in grants.

    Call it in a transaction that holds the link's lock. Writes nothing when all agrees.
    """
    now = timezone.now()
    if link.deleted_at:
        mirror.end_subscriptions(link.customer, link.deleted_at, LIVING)
    objects = objects_of(link.customer)
    desired = Desired(frozenset()) if link.deleted_at else desired_grants(objects, now)
    changes = differences(link.user, desired, now)
    issued = receipts.issue_missing(link, objects)
    notices.announce(link, objects, issued, now)
    for alert in desired.alerts:
        logger.error("billing: %s (customer %s)", alert, link.customer)
    CustomerLink.objects.filter(pk=link.pk).update(reconciled_at=now)
    if link.user:
        # last: each one writes an audit event, whose lock is held until the end
        _apply(link.user, changes, desired, actor)
    else:  # the account was erased: what was just fetched names nobody either
        erasure.blank(link.customer)
    return changes


def differences(user: User | None, desired: Desired, now: datetime) -> list[Change]:
    """What would have to change, in the order in which it is done."""
    if user is None:
        return []
    wanted = {_key(grant): grant for grant in desired.grants}
    valid = AccessGrant.objects.valid_at(now).filter(user=user, source_kind__in=KINDS)
    held = {
        (row.scope, row.scope_ref, row.source_kind, row.source_ref): row
        for row in valid
    }
    changes = [
        Change("revoke", key, None)
        for key in held
        if key not in wanted and key[3] not in desired.untouched
    ]
    for key, grant in sorted(wanted.items()):
        if key not in held:
            changes.append(Change("grant", key, grant.ends))
        elif held[key].valid_until != grant.ends:
            changes.append(Change("move", key, grant.ends))
    return changes


def _key(grant: DesiredGrant) -> Key:
    return grant.scope, grant.ref, grant.kind, grant.source


def _apply(user: User, changes: Iterable[Change], desired: Desired, actor: str) -> None:
    starts = {_key(grant): grant.starts for grant in desired.grants}
    for change in changes:
        scope, ref, kind, source = change.key
        if change.action == "revoke":
            grants.revoke(
                user, scope=scope, scope_ref=ref, source_kind=kind, source_ref=source,
                actor=actor,
            )  # fmt: skip
            continue
        grants.grant(
            user, scope=scope, scope_ref=ref, source_kind=kind, source_ref=source,
            valid_from=starts[change.key], valid_until=change.until, actor=actor,
        )  # fmt: skip


def gone(link: CustomerLink) -> None:
    """The customer was deleted at Stripe, which ended its subscriptions with it: ask when.

    Calls Stripe once for each that was alive here.
    """
    links.gone(link)
    for row in mirror.of_customer("subscription", link.customer):
        if row["status"] in LIVING:
            mirror.refresh_if_there("subscription", row["id"])


def end_left_behind() -> int:
    """Customers deleted at Stripe some of whose subscriptions still live here: their events
    were lost. Asks nobody; how many there were."""
    found = CustomerLink.objects.exclude(deleted_at=None).filter(
        customer__in=mirror.customers_with_subscriptions(LIVING)
    )
    count = 0
    for customer in list(found.values_list("customer", flat=True)):
        with transaction.atomic():
            locked = links.lock(customer)
            if locked and locked.deleted_at:
                follow(locked, actor="reconcile")
                count += 1
    return count


def refetch(link: CustomerLink, *, actor: str) -> list[Change]:
    """Fetch all of a customer's objects from Stripe, then follow in one transaction.

    The link is not locked while Stripe answers; what came in between by another way makes
    the answers old, and they are asked for again. Raises stripe.StripeError; nothing is
    changed then.
    """
    for _ in range(TRIES):
        known = _last_followed(link)
        answers = mirror.fetch_customer(link.customer)
        with transaction.atomic():
            locked = links.lock(link.customer) or link
            if _last_followed(link) == known:
                return _keep(locked, answers, actor)
    with transaction.atomic():  # so busy a customer is held while Stripe is asked
        locked = links.lock(link.customer) or link
        return _keep(locked, mirror.fetch_customer(link.customer), actor)


def _last_followed(link: CustomerLink) -> datetime | None:
    rows = CustomerLink.objects.filter(pk=link.pk)
    return rows.values_list("reconciled_at", flat=True).first()


def _keep(link: CustomerLink, answers: mirror.Fetched, actor: str) -> list[Change]:
    """Keep what Stripe answered, and follow. Under the link's lock."""
    for kind, obj in answers:
        if mirror.keep(kind, obj).get("deleted") and kind == "customer":
            gone(link)  # what was paid before still gets its receipt
    return follow(link, actor=actor)


def preview(link: CustomerLink) -> list[Change]:
    """What refetch would change in grants. Writes nothing that stays."""
    with transaction.atomic():
        now = timezone.now()
        desired = Desired(frozenset())
        if not mirror.refresh("customer", link.customer).get("deleted"):
            mirror.refresh_customer(link.customer)
            desired = desired_grants(objects_of(link.customer), now)
        found = differences(link.user, desired, now)
        transaction.set_rollback(True)
    return found
