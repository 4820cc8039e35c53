"""Reconcile every customer: what a lost event left behind is healed here."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from billing import catalogue, erasure, links, mirror, reconcile, stripe_api
from billing.models.customers import CustomerLink

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What reconciling one customer did, or why it could not."""

    link: CustomerLink
    changes: list[reconcile.Change]
    error: str = ""

    def lines(self) -> list[str]:
        """For a command: what changed, or the error; each names whose it is."""
        told = [self.error] if self.error else self.changes
        return [f"{self.link.user} {self.link}: {text}" for text in told]


def run() -> list[Outcome]:
    """Copy the prices, then reconcile everybody; one customer's failure stops no other."""
    try:
        catalogue.sync()
    except stripe_api.AWAY as error:
        logger.warning("prices not synced: %s", type(error).__name__)
    erasure.catch_up()
    reconcile.end_left_behind()
    return list(customers(CustomerLink.objects.followed()))


def from_stripe() -> Iterator[Outcome]:
    """Copy every customer at Stripe that our server made for a person of this school.

    Others are left alone. Raises stripe.StripeError when the list itself cannot be had.
    """
    for data in mirror.listed("customer"):
        if not links.is_ours(data):
            continue
        with transaction.atomic():
            link = links.lock(data["id"])
        if link is not None and link.user_id and link.deleted_at is None:
            yield from customers(CustomerLink.objects.filter(pk=link.pk))


def customers(rows: object, *, dry_run: bool = False) -> Iterator[Outcome]:
    """Reconcile these customers, one transaction each. dry_run: only say what would be."""
    for link in rows.select_related("user").order_by("pk").iterator():  # type: ignore[attr-defined]
        try:
            changes = (
                reconcile.preview(link)
                if dry_run
                else reconcile.refetch(link, actor="reconcile")
            )
        except stripe_api.AWAY as error:
            logger.warning("customer %s not reconciled: %s", link, type(error).__name__)
            yield Outcome(link, [], f"{type(error).__name__}: {error}")
        except Exception as error:
            logger.exception("customer %s not reconciled", link)
            yield Outcome(link, [], f"{type(error).__name__}: {error}")
        else:
            yield Outcome(link, changes)
