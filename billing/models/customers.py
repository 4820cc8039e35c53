"""Who a Stripe customer is here, and the checkouts they started."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.plans import PlanPrice

# Stripe forgets an idempotency key after 24 h, and a Checkout session ends then too.
ATTEMPT_LIFE = timedelta(hours=23)


class CustomerLinkQuerySet(models.QuerySet["CustomerLink"]):
    def followed(self) -> "CustomerLinkQuerySet":
        """Those of living customers whose person is still here: only they are fetched."""
        return self.filter(deleted_at=None, user__isnull=False)


class CustomerLink(models.Model):
    """A person's Stripe customer. Written only by the server, never from what a browser
    or an e-mail address says. Its row is the lock of everything about the customer."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="stripe_customers",
        verbose_name=_("person"),
    )
    customer = models.CharField(_("Stripe customer"), max_length=255, unique=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted at Stripe"), null=True, blank=True)
    reconciled_at = models.DateTimeField(_("last reconciled"), null=True, blank=True)

    objects = CustomerLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("Stripe customer")
        verbose_name_plural = _("Stripe customers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(deleted_at=None),
                name="billing_one_customer_per_person",
            )
        ]

    def __str__(self) -> str:
        return self.customer


class CheckoutAttempt(models.Model):
    """A checkout on its way: one per person and product, so that two tabs share it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="checkout_attempts"
    )
    price = models.ForeignKey(PlanPrice, models.PROTECT, related_name="+")
    product = models.CharField(_("Stripe product"), max_length=255)  # Plan.group
    key = models.UUIDField(_("idempotency key"), default=uuid.uuid4, unique=True)
    language = models.CharField(_("language"), max_length=5)
    session = models.CharField(_("Checkout session"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["session"], name="billing_attempt_session")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "product"],
                condition=Q(closed_at=None),
                name="billing_one_open_checkout",
            )
        ]

    def __str__(self) -> str:
        return self.session or str(self.key)

    def serves(self, price: PlanPrice, language: str) -> bool:
        """Whether it may be used again for this price and language."""
        young = timezone.now() - self.created_at < ATTEMPT_LIFE
        return young and self.price_id == price.pk and self.language == language

    def close(self) -> None:
        self.closed_at = self.closed_at or timezone.now()
        self.save(update_fields=["closed_at"])
