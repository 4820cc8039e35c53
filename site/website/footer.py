"""The columns of links at the foot of every page, one menu for each language."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import TranslatableMixin

from website.blocks import LinkBlock


class ColumnBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=60)
    links = blocks.ListBlock(LinkBlock(), label=_("Links"))

    class Meta:
        icon = "list-ul"
        label = _("Column")
        label_format = "{title}"


class ColumnsBlock(blocks.StreamBlock):
    column = ColumnBlock()


class FooterMenu(TranslatableMixin, models.Model):
    """The footer of one language."""

    columns = StreamField(
        ColumnsBlock(max_num=4),
        verbose_name=_("columns"),
        blank=True,
        help_text=_("Up to four; a link to a draft is left out."),
    )

    panels = [FieldPanel("columns")]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("footer")
        verbose_name_plural = _("footers")
        constraints = [
            models.UniqueConstraint(
                fields=["locale"],
                name="website_one_footer_per_language",
                violation_error_message=_("This language already has a footer."),
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} ({self.locale})"

    def as_links(self) -> list[dict[str, Any]]:
        """Columns for components/site/footer.html: title and links (title, url)."""
        columns = [
            {"title": block.value["title"], "links": links(block.value["links"])}
            for block in self.columns
        ]
        return [column for column in columns if column["links"]]


def links(values: Any) -> list[dict[str, str]]:
    found = [{"title": value["label"], "url": value.url} for value in values]
    return [link for link in found if link["url"]]
