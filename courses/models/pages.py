"""The catalogue and the course: what visitors see before they learn."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import (
    FieldPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    TitleFieldPanel,
)
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.search import index

from courses import levels
from courses.blocks import AnswerBlock, DescriptionBlock
from courses.levels import LevelPageForm
from website.seo import BasePage

STATEMENT = [("text", blocks.CharBlock(label=_("Text"), max_length=250))]


class CourseIndexPage(BasePage):
    """The catalogue: every course of one language."""

    lead = models.TextField(
        _("lead"),
        blank=True,
        max_length=400,
        help_text=_("One or two sentences under the title."),
    )

    template = "courses/course_index_page.html"
    page_description = _("The catalogue; courses are the pages below it.")
    parent_page_types: ClassVar[list[str]] = ["website.HomePage"]
    subpage_types: ClassVar[list[str]] = ["courses.CoursePage"]
    max_count_per_parent = 1
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("lead"),
        HelpPanel(
            content=_(
                "Courses are the pages below this one. They appear here in the order "
                "of the page tree as soon as they are published."
            )
        ),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("lead")]

    api_fields = [APIField("lead", writable=True)]

    class Meta:
        verbose_name = _("catalogue")
        verbose_name_plural = _("catalogues")

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        from courses import catalogue

        context = super().get_context(request, *args, **kwargs)
        return {**context, **catalogue.listing(self, request)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from courses import player

        return player.personal(request, super().serve(request, *args, **kwargs))

    def summary_text(self) -> str:
        return self.search_description or self.lead


class CoursePage(BasePage):
    """A course in one language: promise, outline, teachers and the way in."""

    class Access(models.TextChoices):
        FREE = "free", _("Free")
        SUBSCRIBERS = "subscribers", _("Subscribers")

    class CertificateLayout(models.TextChoices):
        FRAME = "frame", _("Framed, on white")
        BAND = "band", _("With a coloured band")

    summary = models.CharField(
        _("summary"),
        max_length=160,
        help_text=_("The promise of the course in one line."),
    )
    level = models.SlugField(
        _("level"), max_length=40, default="beginner", db_index=False
    )
    topic = models.ForeignKey(
        "courses.Topic",
        verbose_name=_("topic"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    access = models.CharField(
        _("access"),
        max_length=12,
        choices=Access,
        default=Access.SUBSCRIBERS,
        help_text=_("Free courses only ask for an account."),
    )
    tier = models.SlugField(
        _("tier"),
        max_length=40,
        blank=True,
        help_text=_("Only for subscribers of this tier; empty means any subscription."),
    )
    sequential = models.BooleanField(
        _("lessons in order"),
        default=False,
        help_text=_("A lesson opens when the required ones before it are done."),
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=0, help_text=_("Total time; 0 adds up the lessons.")
    )
    discussion = models.BooleanField(
        _("discussion"),
        default=True,
        help_text=_("Students may ask and answer below each lesson."),
    )
    image = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("cover"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    image_alt = models.CharField(
        _("alternative text of the cover"),
        max_length=250,
        blank=True,
        help_text=_("What the image shows, for people who cannot see it."),
    )
    outcomes = StreamField(
        STATEMENT,
        verbose_name=_("outcomes"),
        blank=True,
        help_text=_("What the student will be able to do; start with a verb."),
    )
    requirements = StreamField(STATEMENT, verbose_name=_("requirements"), blank=True)
    audience = models.TextField(_("who it is for"), blank=True, max_length=600)
    description = StreamField(
        DescriptionBlock(), verbose_name=_("description"), blank=True
    )
    faq = StreamField(
        [("question", AnswerBlock())],
        verbose_name=_("questions and answers"),
        blank=True,
    )

    certificate = models.BooleanField(
        _("certificate"),
        default=False,
        help_text=_("Everybody who finishes the course gets one."),
    )
    certificate_layout = models.CharField(
        _("design"),
        max_length=10,
        choices=CertificateLayout,
        default=CertificateLayout.FRAME,
    )
    certificate_text = models.CharField(
        _("text"),
        max_length=240,
        blank=True,
        help_text=_("One sentence under the title of the course; may be empty."),
    )
    certificate_signatory = models.CharField(
        _("signed by"), max_length=100, blank=True, help_text=_("A person's name.")
    )
    certificate_role = models.CharField(
        _("role of the signatory"), max_length=100, blank=True
    )

    template = "courses/course_page.html"
    base_form_class = LevelPageForm
    page_description = _("A course; its modules are the pages below it.")
    parent_page_types: ClassVar[list[str]] = ["courses.CourseIndexPage"]
    subpage_types: ClassVar[list[str]] = ["courses.ModulePage"]
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldPanel("access"),
                FieldPanel("tier"),
                FieldPanel("sequential"),
                FieldPanel("discussion"),
            ],
            heading=_("Who may take it"),
        ),
        MultiFieldPanel(
            [FieldPanel("level"), FieldPanel("topic"), FieldPanel("minutes")],
            heading=_("Catalogue"),
        ),
        MultiFieldPanel(
            [FieldPanel("image"), FieldPanel("image_alt")], heading=_("Cover")
        ),
        FieldPanel("outcomes"),
        FieldPanel("description"),
        FieldPanel("requirements"),
        FieldPanel("audience"),
        InlinePanel("instructors", heading=_("Instructors"), label=_("instructor")),
        FieldPanel("faq"),
        MultiFieldPanel(
            [
                FieldPanel("certificate"),
                FieldPanel("certificate_layout"),
                FieldPanel("certificate_text"),
                FieldPanel("certificate_signatory"),
                FieldPanel("certificate_role"),
                HelpPanel(
                    content=_(
                        "A change counts for certificates issued from then on; those "
                        "issued before stay as they are."
                    )
                ),
            ],
            heading=_("Certificate"),
        ),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("summary"),
        index.SearchField("outcomes"),
        index.SearchField("description"),
        index.FilterField("level"),
        index.FilterField("access"),
    ]

    api_fields = [
        APIField("summary", writable=True),
        APIField("level", writable=True),
        APIField("access", writable=True),
        APIField("tier", writable=True),
        APIField("sequential", writable=True),
        APIField("minutes", writable=True),
        APIField("audience", writable=True),
        APIField("outcomes"),
        APIField("requirements"),
        APIField("description"),
        APIField("faq"),
    ]

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def clean(self) -> None:
        """Whichever way the page comes: form, API or course folder."""
        super().clean()
        if not levels.exists(self.level):
            raise ValidationError({"level": _("There is no level with this code.")})

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        from courses import course_view

        context = super().get_context(request, *args, **kwargs)
        return {**context, **course_view.context(self, request)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from courses import player

        return player.personal(request, super().serve(request, *args, **kwargs))

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        from courses import personas

        return personas.MODES

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from courses import course_view

        return course_view.preview(self, request, mode_name)

    def summary_text(self) -> str:
        return self.search_description or self.summary

    @classmethod
    def cards(cls, pages: list["CoursePage"]) -> list[dict[str, Any] | None]:
        """The variables of components/course_card.html, without anything personal."""
        from courses import catalogue

        return catalogue.cards(pages)

    @classmethod
    def in_sitemap(cls, pages: Any) -> Any:
        from courses import admission

        return admission.listed(super().in_sitemap(pages))

    def structured_data(self, url: str) -> list[dict[str, Any]]:
        from courses import structured

        return structured.course(self, url)
