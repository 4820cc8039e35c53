"""Modules and lessons: what students read, below a course page."""

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, TitleFieldPanel
from wagtail.api import APIField
from wagtail.fields import StreamField

from courses.blocks import LessonBlock
from courses.learning_panel import LearningPanel
from courses.models.timing import TimedPage
from courses.timing_form import TimedPageForm

if TYPE_CHECKING:
    from courses.places import Place


class ModulePage(TimedPage):
    """A part of a course. It has no page of its own: it is a section of the outline."""

    summary = models.CharField(
        _("summary"),
        max_length=250,
        blank=True,
        help_text=_("One line under the module's title in the outline."),
    )

    page_description = _("A part of a course; its lessons are the pages below it.")
    parent_page_types: ClassVar[list[str]] = ["courses.CoursePage"]
    subpage_types: ClassVar[list[str]] = ["courses.LessonPage"]
    base_form_class = TimedPageForm
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldPanel("unlock_after_days"),
                FieldPanel("unlock_on"),
                FieldPanel("unlock_after"),
            ],
            heading=_("When its lessons open"),
            help_text=_("Holds for every lesson of the module, besides its own."),
        ),
        HelpPanel(
            content=_(
                "While a module is not published, its lessons are not available, "
                "even if they are."
            )
        ),
    ]

    api_fields = [APIField("summary", writable=True)]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The module's place in the outline of its course."""
        course_url = self.get_parent().get_url(request)
        return redirect(f"{course_url}#module-{self.pk}")

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The page of its course."""
        from courses import course_view

        return course_view.preview(self.get_parent().specific, request, mode_name)

    def get_sitemap_urls(
        self, request: HttpRequest | None = None
    ) -> list[dict[str, Any]]:
        return []


class LessonPage(TimedPage):
    """One lesson. Who may read it is decided by courses.access.decide, nowhere else."""

    class Completion(models.TextChoices):
        VIEW = "view", _("When it was read to the end")
        MANUAL = "manual", _("When the student says so")
        QUIZ = "quiz", _("When its quiz is passed")
        VIDEO = "video", _("When its video or audio was played")
        VIEW_QUIZ = "view+quiz", _("When it was read and its quiz is passed")
        VIDEO_QUIZ = "video+quiz", _("When its video was played and its quiz is passed")

    summary = models.CharField(
        _("summary"),
        max_length=160,
        blank=True,
        help_text=_("One line; everybody can read it, with or without access."),
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5)
    preview = models.BooleanField(
        _("open to visitors"),
        default=False,
        help_text=_("Everybody can read this lesson, as a sample of the course."),
    )
    tier = models.SlugField(
        _("tier"),
        max_length=40,
        blank=True,
        help_text=_("Only for subscribers of this tier; empty: as the course."),
    )
    completion = models.CharField(
        _("done"), max_length=10, choices=Completion, default=Completion.VIEW
    )
    watch_percent = models.PositiveSmallIntegerField(
        _("share to play"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Percent of each video or audio that must really be played."),
    )
    required = models.BooleanField(
        _("required"),
        default=True,
        help_text=_("Counts for completing the course."),
    )
    body = StreamField(LessonBlock(), verbose_name=_("lesson"), blank=True)

    template = "courses/lesson_page.html"
    page_description = _("A lesson: text, pictures, video, code and quizzes.")
    parent_page_types: ClassVar[list[str]] = ["courses.ModulePage"]
    subpage_types: ClassVar[list[str]] = []
    base_form_class = TimedPageForm
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("summary"),
        FieldPanel("body"),
        LearningPanel(heading=_("How students get on")),
        MultiFieldPanel(
            [
                FieldPanel("minutes"),
                FieldPanel("completion"),
                FieldPanel("watch_percent"),
                FieldPanel("required"),
            ],
            heading=_("Progress"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("preview"),
                FieldPanel("tier"),
                FieldPanel("unlock_after_days"),
                FieldPanel("unlock_on"),
                FieldPanel("unlock_after"),
            ],
            heading=_("Who may read it, and when"),
        ),
    ]
    api_fields = [
        APIField("summary", writable=True),
        APIField("minutes", writable=True),
        APIField("preview", writable=True),
        APIField("tier", writable=True),
        APIField("completion", writable=True),
        APIField("required", writable=True),
    ]  # and the body, after the access rule: courses.content_api
    # the title only: the text is for people with access (BasePage adds the description)

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")

    @property
    def key(self) -> uuid.UUID:
        """Identity of the lesson across languages and aliases: its Item's key."""
        known: uuid.UUID | None = getattr(self, "item_key", None)  # places.available
        return known or uuid.UUID(str((self.alias_of or self).translation_key))

    @cached_property
    def place(self) -> "Place":
        """The course and module around this lesson. Two queries the first time."""
        from courses import places

        return places.of(self)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from courses import player

        return player.serve(self, request)

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        from courses import personas

        return personas.MODES

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from courses import player

        return player.preview(self, request, mode_name)

    def get_sitemap_urls(
        self, request: HttpRequest | None = None
    ) -> list[dict[str, Any]]:
        """Search engines may know the sample lessons only, where they can be read."""
        from courses import admission

        if not (self.preview and self.place.live):
            return []
        retired = admission.state_of(self.place.course) == admission.State.RETIRED
        return [] if retired else super().get_sitemap_urls(request)

    def summary_text(self) -> str:
        return self.search_description or self.summary
