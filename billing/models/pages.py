"""The pricing page: plans come from the plans, words from the editor."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, TitleFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.search import index

from billing import offers
from website.blocks import INLINE_FEATURES, QuestionBlock
from website.seo import BasePage


class PricingPage(BasePage):
    """What the school costs: one card per plan, and everything a buyer asks first."""

    lead = models.TextField(_("lead"), blank=True, max_length=400)
    free_name = models.CharField(_("free: heading"), max_length=60, blank=True)
    free_text = models.TextField(
        _("free: what it includes"),
        blank=True,
        max_length=300,
        help_text=_("A first card for people who do not want to pay. Empty: no card."),
    )
    tax_note = models.CharField(_("note about taxes"), max_length=200, blank=True)
    renewal = RichTextField(
        _("at renewal"),
        blank=True,
        features=INLINE_FEATURES,
        help_text=_("In plain words: when it is charged, and how much."),
    )
    cancelling = RichTextField(
        _("when you cancel"),
        blank=True,
        features=INLINE_FEATURES,
        help_text=_("In plain words: how to do it, and until when everything is open."),
    )
    guarantee = RichTextField(_("guarantee"), blank=True, features=INLINE_FEATURES)
    questions = StreamField(
        [("question", QuestionBlock())],
        verbose_name=_("questions and answers"),
        blank=True,
    )
    risk_notice = models.TextField(_("risk notice"), blank=True)

    template = "billing/pricing_page.html"
    max_count_per_parent = 1
    page_description = _("The plans on sale, with their prices; one for each language.")
    parent_page_types: ClassVar[list[str]] = ["website.HomePage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("lead"),
        HelpPanel(
            content=_(
                "The plans and their prices are shown here by themselves: change them "
                "under Plans."
            )
        ),
        MultiFieldPanel(
            [FieldPanel("free_name"), FieldPanel("free_text")], heading=_("Free")
        ),
        FieldPanel("tax_note"),
        FieldPanel("renewal"),
        FieldPanel("cancelling"),
        FieldPanel("guarantee"),
        FieldPanel("questions"),
        FieldPanel("risk_notice"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("lead"),
        index.SearchField("questions"),
    ]

    class Meta:
        verbose_name = _("pricing page")
        verbose_name_plural = _("pricing pages")

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return {
            **context,
            "cards": offers.cards(request),
            "currencies": offers.currencies(request),
            "currency": offers.currency(request),
            "signed_in": offers.reader(request) is not None,
            "billing_enabled": settings.BILLING_ENABLED,
        }

    def summary_text(self) -> str:
        return self.search_description or self.lead
