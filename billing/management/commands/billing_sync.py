"""Copy products and prices from Stripe into the plans."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing import catalogue, stripe_api
from billing.models import Plan


class Command(BaseCommand):
    help = "Copy the products' prices from Stripe into the plans."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prices = catalogue.sync()
        except stripe_api.AWAY as error:
            raise CommandError(f"Stripe did not answer: {error}") from error
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
