"""What the school says about itself on every page."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.images import get_image_model_string


@register_setting(icon="home")
class SchoolSettings(BaseSiteSetting):
    """Who runs the school; used for structured data, mails and social networks."""

    contact_email = models.EmailField(
        _("contact address"),
        blank=True,
        help_text=_("Where the answers of forms go that name no address of their own."),
    )
    social_image = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("social image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Used when a shared page has no image of its own."),
    )

    panels = [FieldPanel("contact_email"), FieldPanel("social_image")]

    class Meta:
        verbose_name = _("school")
