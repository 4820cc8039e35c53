"""Who teaches and about what: small records that courses share."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Orderable, TranslatableMixin
from wagtail.search import index


class Instructor(index.Indexed, TranslatableMixin, models.Model):
    """A teacher, as shown on the pages of their courses."""

    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(
        _("role"),
        max_length=160,
        blank=True,
        help_text=_("For example: Head of fundamentals"),
    )
    bio = models.TextField(_("about"), max_length=1200, blank=True)
    photo = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("photo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    panels = [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("role"), FieldPanel("photo")],
            heading=_("Person"),
        ),
        FieldPanel("bio"),
    ]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("instructor")
        verbose_name_plural = _("instructors")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Topic(TranslatableMixin, models.Model):
    """What a course is about; visitors filter the catalogue by it."""

    name = models.CharField(_("name"), max_length=60)

    panels = [FieldPanel("name", help_text=_("One or two words."))]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class CourseInstructor(Orderable):
    """One teacher of a course page, in the order editors chose."""

    page = ParentalKey(
        "courses.CoursePage", on_delete=models.CASCADE, related_name="instructors"
    )
    instructor = models.ForeignKey(
        Instructor,
        verbose_name=_("instructor"),
        on_delete=models.CASCADE,
        related_name="+",
    )

    panels = [FieldPanel("instructor")]

    class Meta(Orderable.Meta):
        verbose_name = _("instructor of a course")
        verbose_name_plural = _("instructors of a course")
