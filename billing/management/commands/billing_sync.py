"""The first fill from Stripe: products and prices, then the customers of this school."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing import catalogue, nightly, stripe_api
from billing.management.progress import track
from billing.models import Plan


class Command(BaseCommand):
    help = (
        "Copy products and prices from Stripe into the plans, then customers that this "
        "school made, with what they bought. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--prices-only", action="store_true", help="leave the customers out"
        )

    def handle(self, *args: Any, prices_only: bool, **options: Any) -> None:
        try:
            self._prices()
            failed = 0 if prices_only else self._customers()
        except stripe_api.AWAY as error:
            raise CommandError(f"Stripe did not answer: {error}") from error
        if failed:
            raise CommandError(f"{failed} customers could not be copied; run it again")

    def _prices(self) -> None:
        prices = catalogue.sync()
        for price in prices:
            self.stdout.write(f"{price.stripe_price}  {price}")
        for plan in Plan.objects.filter(active=True, prices=None):
            self.stdout.write(
                self.style.WARNING(
                    f"plan {plan.code} has no price: write its Stripe product (prod_…) "
                    "into the plan, or ami_plan into the product's metadata"
                )
            )
        self.stdout.write(self.style.SUCCESS(f"{len(prices)} prices copied"))

    def _customers(self) -> int:
        """How many failed."""
        failed = count = 0
        rows = track(nightly.from_stripe(), "customers", None, self.stdout)
        for outcome in rows:
            count += 1
            failed += bool(outcome.error)
            for line in outcome.lines():
                self.stdout.write(line)
        self.stdout.write(self.style.SUCCESS(f"{count - failed} customers copied"))
        return failed
