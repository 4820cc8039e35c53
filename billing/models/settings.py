"""Who issues the receipts."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, Panel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting


@register_setting(icon="form", order=300)
class BillingSettings(BaseGenericSetting):
    """The issuer named on receipts. Receipts issued before a change keep the old one."""

    class Title(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        INVOICE = "invoice", _("Invoice")

    title = models.CharField(
        _("the document is called"),
        max_length=10,
        choices=Title,
        default=Title.RECEIPT,
        help_text=_(
            "Call it an invoice only if your accountant says that these documents meet "
            "your country's rules. It needs a name, an address and a tax number below."
        ),
    )
    issuer_name = models.CharField(_("name or company"), max_length=200, blank=True)
    issuer_address = models.TextField(_("address"), blank=True)
    issuer_tax_id = models.CharField(_("tax number"), max_length=60, blank=True)
    issuer_country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$")],
        help_text=_("Two letters, such as ES. Needed for electronic invoices."),
    )
    issuer_email = models.EmailField(_("e-mail address for questions"), blank=True)
    factur_x = models.BooleanField(
        _("electronic invoices"),
        default=False,
        help_text=_(
            "PDF/A-3 with Factur-X (EN 16931, profile BASIC) inside. Only for documents "
            "that are invoices, with the issuer's country."
        ),
    )
    tax_rate = models.CharField(
        _("Stripe tax rate"),
        max_length=255,
        blank=True,
        help_text=_("txr_…: added to every new purchase. Empty: no tax is shown."),
    )
    automatic_tax = models.BooleanField(
        _("add Stripe's automatic taxes"),
        default=False,
        help_text=_(
            "Stripe Tax finds the rate by the buyer's address. Set it up in Stripe first; "
            "the tax rate above is not used then."
        ),
    )
    collect_tax_ids = models.BooleanField(
        _("ask for a tax number"),
        default=True,
        help_text=_("At the payment page, for those who buy for a company."),
    )
    currency = models.CharField(
        _("currency shown first"),
        max_length=3,
        blank=True,
        validators=[RegexValidator("^[A-Z]{3}$")],
        help_text=_("Three letters, such as EUR. Empty: the one with most prices."),
    )
    note_es = models.CharField(
        _("note at the end (Spanish)"), max_length=300, blank=True
    )
    note_en = models.CharField(
        _("note at the end (English)"), max_length=300, blank=True
    )

    panels: ClassVar[list[Panel]] = [
        HelpPanel(
            content=_(
                "<p>This is printed on every receipt from now on. Receipts that were "
                "already issued never change.</p>"
            )
        ),
        MultiFieldPanel(
            [
                FieldPanel("issuer_name"),
                FieldPanel("issuer_address"),
                FieldPanel("issuer_tax_id"),
                FieldPanel("issuer_country"),
                FieldPanel("issuer_email"),
            ],
            heading=_("Issuer"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("title"),
                FieldPanel("factur_x"),
                FieldPanel("note_es"),
                FieldPanel("note_en"),
            ],
            heading=_("Document"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("tax_rate"),
                FieldPanel("automatic_tax"),
                FieldPanel("collect_tax_ids"),
                FieldPanel("currency"),
            ],
            heading=_("At checkout"),
        ),
    ]

    class Meta:
        verbose_name = _("Receipts")

    def __str__(self) -> str:
        return str(_("Receipts"))

    @property
    def issues_invoices(self) -> bool:
        """Only with an issuer complete enough to be named on an invoice."""
        named = self.issuer_name and self.issuer_address and self.issuer_tax_id
        return self.title == self.Title.INVOICE and bool(named)

    @property
    def issues_electronic(self) -> bool:
        """The standard wants the issuer's country."""
        return self.issues_invoices and self.factur_x and bool(self.issuer_country)
