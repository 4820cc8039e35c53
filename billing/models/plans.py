"""Plans and their prices: what is sold, and what it opens."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import money


class PlanQuerySet(models.QuerySet["Plan"]):
    def on_sale(self) -> "PlanQuerySet":
        """Active, in the order of the pricing page, with their prices on sale."""
        return self.filter(active=True).prefetch_related(
            models.Prefetch(
                "prices",
                queryset=PlanPrice.objects.filter(active=True),
                to_attr="prices_on_sale",
            )
        )

    def rivals(self, plan: "Plan") -> "PlanQuerySet":
        """The plans of which a person has one at a time, the plan itself among them."""
        if plan.unlocks == Plan.Unlocks.COURSES:
            return self.filter(pk=plan.pk)
        return self.exclude(unlocks=Plan.Unlocks.COURSES)


class Plan(models.Model):
    """Something people can buy. Written by the owner; prices come from Stripe."""

    class Unlocks(models.TextChoices):
        ALL = "all", _("All courses")
        TIER = "tier", _("The courses of a level")
        COURSES = "courses", _("The courses listed")

    code = models.SlugField(
        _("code"), unique=True, help_text=_("Short name, for reports and links.")
    )
    name_es = models.CharField(_("name (Spanish)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    summary_es = models.CharField(_("summary (Spanish)"), max_length=200, blank=True)
    summary_en = models.CharField(_("summary (English)"), max_length=200, blank=True)
    benefits_es = models.TextField(
        _("what is included (Spanish)"), blank=True, help_text=_("One per line.")
    )
    benefits_en = models.TextField(
        _("what is included (English)"), blank=True, help_text=_("One per line.")
    )
    unlocks = models.CharField(
        _("opens"), max_length=10, choices=Unlocks, default=Unlocks.ALL
    )
    tier = models.SlugField(
        _("level"), blank=True, help_text=_("Only if it opens the courses of a level.")
    )
    courses = ArrayField(
        models.UUIDField(),
        verbose_name=_("courses"),
        default=list,
        blank=True,
        help_text=_("Only if it opens the courses listed."),
    )
    stripe_product = models.CharField(
        _("Stripe product"),
        max_length=255,
        blank=True,
        help_text=_("prod_…: its prices are copied here by the command billing_sync."),
    )
    trial_days = models.PositiveSmallIntegerField(
        _("free days at the start"), default=0, help_text=_("With a card. 0 for none.")
    )
    active = models.BooleanField(_("on sale"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering: ClassVar[list[str]] = ["position", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["stripe_product"],
                condition=~Q(stripe_product=""),
                name="billing_plan_product",
            ),
            models.CheckConstraint(
                condition=~Q(unlocks="tier") | ~Q(tier=""),
                name="billing_plan_tier_named",
                violation_error_message=_("Name the level that this plan opens."),
            ),
            models.CheckConstraint(
                condition=~Q(unlocks="courses") | Q(courses__len__gt=0),
                name="billing_plan_courses_listed",
                violation_error_message=_("List the courses that this plan opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def _in_language(self, field: str) -> str:
        language = (translation.get_language() or "es")[:2]
        return str(getattr(self, f"{field}_{language}", getattr(self, f"{field}_es")))

    @property
    def name(self) -> str:
        """In the reader's language, as are summary and benefits."""
        return self._in_language("name")

    @property
    def summary(self) -> str:
        return self._in_language("summary")

    @property
    def benefits(self) -> list[str]:
        lines = self._in_language("benefits").splitlines()
        return [line.strip() for line in lines if line.strip()]

    @property
    def group(self) -> str:
        """One word for a plan and its rivals: plans that open everything or a level replace
        each other; one that opens listed courses stands for itself."""
        return self.code if self.unlocks == self.Unlocks.COURSES else "*"

    @property
    def scopes(self) -> frozenset[tuple[str, str]]:
        """What it opens: pairs of grant scope (all, tier, course) and its reference."""
        if self.unlocks == self.Unlocks.ALL:
            return frozenset({("all", "")})
        if self.unlocks == self.Unlocks.TIER:
            return frozenset({("tier", self.tier)})
        return frozenset(("course", str(key)) for key in self.courses)


class PlanPrice(models.Model):
    """One price of a plan, copied from Stripe. A price is never edited, only retired."""

    class Interval(models.TextChoices):
        MONTH = "month", pgettext_lazy("billing interval", "monthly")
        YEAR = "year", pgettext_lazy("billing interval", "yearly")
        LIFETIME = "lifetime", pgettext_lazy("billing interval", "once, for good")
        COURSE = "course", pgettext_lazy("billing interval", "once, one course")

    plan = models.ForeignKey(
        Plan, models.PROTECT, related_name="prices", verbose_name=_("plan")
    )
    stripe_price = models.CharField(_("Stripe price"), max_length=255, unique=True)
    interval = models.CharField(_("charged"), max_length=10, choices=Interval)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(
        _("amount"), help_text=_("In the currency's smallest unit, as Stripe counts.")
    )
    access_days = models.PositiveIntegerField(
        _("days of access"),
        null=True,
        blank=True,
        help_text=_("Of a price paid once. Empty: for good."),
    )
    active = models.BooleanField(_("on sale"), default=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering: ClassVar[list[str]] = ["plan", "amount"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="billing_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="billing_price_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.shown}"

    @property
    def title(self) -> str:
        """What is bought, in the reader's language: the plan, and how often it is paid."""
        return f"{self.plan} · {self.get_interval_display()}"

    @property
    def recurring(self) -> bool:
        return self.interval in {self.Interval.MONTH, self.Interval.YEAR}

    @property
    def shown(self) -> str:
        """The amount in the reader's language, with its currency."""
        return money.show(self.amount, self.currency)

    @property
    def shown_per_month(self) -> str:
        """A yearly price's twelfth, rounded half up to the smallest unit."""
        return money.show((self.amount * 2 + 12) // 24, self.currency)
