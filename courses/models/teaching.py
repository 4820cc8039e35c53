"""Who teaches, about what and for whom: snippets that courses share.

All of them have drafts, revisions and a preview; the site shows the published ones.
"""

from typing import Any, ClassVar

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import (
    DraftStateMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    TranslatableMixin,
)
from wagtail.search import index


class Shared(
    PreviewableMixin, DraftStateMixin, RevisionMixin, TranslatableMixin, models.Model
):
    """A snippet with drafts whose preview is a small page of the site."""

    class Meta(TranslatableMixin.Meta):
        abstract = True

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "courses/snippet_preview.html"

    def get_preview_context(
        self, request: HttpRequest, mode_name: str
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_preview_context(request, mode_name)
        return {**context, "kind": self._meta.model_name}


class Instructor(index.Indexed, Shared):
    """A teacher, as shown on the pages of their courses."""

    _revisions = GenericRelation(
        "wagtailcore.Revision", related_query_name="instructor"
    )
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

    class Meta(Shared.Meta):
        abstract = False
        verbose_name = _("instructor")
        verbose_name_plural = _("instructors")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Topic(Shared):
    """What a course is about; visitors filter the catalogue by it."""

    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="topic")
    name = models.CharField(_("name"), max_length=60)

    panels = [FieldPanel("name", help_text=_("One or two words."))]

    class Meta(Shared.Meta):
        abstract = False
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Level(Shared):
    """How much a course asks for, in one language. Courses name it by its code, which
    is the same in every language, on every copy and in course folders."""

    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="level")
    code = models.SlugField(
        _("code"),
        max_length=40,
        help_text=_("The same in every language; courses keep it."),
    )
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("The lowest comes first.")
    )

    panels = [FieldPanel("name"), FieldPanel("code"), FieldPanel("position")]

    class Meta(Shared.Meta):
        abstract = False
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "locale"], name="courses_level_code_once"
            )
        ]

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
