"""What every public page tells search engines and social networks."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Page
from wagtail.search import index

from website import head


class BasePage(Page):
    """A page of the public site; every page type that people can visit extends it.

    Templates get what templates/base.html asks for: meta_description, canonical_url,
    hreflang_links, social_image, breadcrumbs and structured_data.
    """

    restrictions_on_the_way: list[Any] | None = None

    social_image = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("social image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown when somebody shares this page; 1200 × 630 is ideal."),
    )
    hidden_from_engines = models.BooleanField(
        _("hide from search engines"),
        default=False,
        help_text=_(
            "The page stays open to everyone who has its address, but search engines "
            "are asked to leave it out."
        ),
    )

    promote_panels = [
        MultiFieldPanel(
            [
                FieldPanel("slug"),
                FieldPanel(
                    "seo_title", help_text=_("Only if it differs from the title.")
                ),
                FieldPanel(
                    "search_description",
                    help_text=_(
                        "One or two sentences (up to 160 characters) that make somebody "
                        "want to read the page."
                    ),
                ),
                FieldPanel("social_image"),
                FieldPanel("hidden_from_engines"),
            ],
            heading=_("Search engines and social networks"),
        ),
        MultiFieldPanel(
            [
                FieldPanel(
                    "show_in_menus",
                    help_text=_("Show this page in the main menu of the site."),
                )
            ],
            heading=_("Menu"),
        ),
    ]
    search_fields = [*Page.search_fields, index.SearchField("search_description")]

    class Meta:
        abstract = True

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return {**context, **head.of(self, request)}

    def get_view_restrictions(self) -> Any:
        """As Wagtail's; no query again while the page is served (website.kept_routes)."""
        known = self.restrictions_on_the_way
        return super().get_view_restrictions() if known is None else known

    def get_sitemap_urls(
        self, request: HttpRequest | None = None
    ) -> list[dict[str, Any]]:
        """Nothing when search engines are asked to leave the page out."""
        if self.hidden_from_engines:
            return []
        urls: list[dict[str, Any]] = super().get_sitemap_urls(request)
        return urls

    @classmethod
    def in_sitemap(cls, pages: Any) -> Any:
        """Those of a queryset of public pages of this type that want to be found."""
        return pages.filter(hidden_from_engines=False)

    def summary_text(self) -> str:
        """One or two plain sentences for search results, feeds and social networks."""
        return str(self.search_description)

    def structured_data(self, url: str) -> list[dict[str, Any]]:
        """schema.org objects of this page, beside the breadcrumbs; url is absolute."""
        return []
