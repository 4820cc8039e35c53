"""The pages editors compose: home, plain pages, blog and forms, and their settings."""

from typing import Any, ClassVar

from django.core.paginator import Page as PageOfResults
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import (
    FieldPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    TitleFieldPanel,
)
from wagtail.contrib.forms.models import AbstractFormField, FormMixin
from wagtail.contrib.forms.panels import FormSubmissionsPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model_string
from wagtail.search import index

from website import contact, routing, structured
from website.blocks import INLINE_FEATURES, BodyBlock
from website.footer import FooterMenu
from website.home_blocks import HomeBlock
from website.identity import SchoolSettings
from website.seo import BasePage

__all__ = [
    "BlogIndexPage",
    "BlogPostPage",
    "ContentPage",
    "FooterMenu",
    "FormField",
    "FormPage",
    "HomePage",
    "SchoolSettings",
]
POSTS_PER_PAGE = 9


class HomePage(BasePage):
    """The front door of one language; every other page of that language is below it."""

    body = StreamField(
        HomeBlock(),
        verbose_name=_("sections"),
        blank=True,
        help_text=_("Start with an opening; end with a call to action."),
    )

    template = "website/home_page.html"
    search_kind = ""
    page_description = _("The front door of the site, one for each language.")
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    content_panels = [
        TitleFieldPanel("title", help_text=_("Shown in the browser's tab.")),
        FieldPanel("body"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Find the page under this one in two queries, whatever its depth."""
        if not path_components:
            return super().route(request, path_components)
        page, rest = routing.deepest(self, path_components)
        return page.route(request, rest)

    def structured_data(self, url: str) -> list[dict[str, Any]]:
        return [structured.website(self, url)]


class ContentPage(BasePage):
    """A plain page: about the school, legal texts, a landing page."""

    lead = models.TextField(
        _("lead"),
        blank=True,
        max_length=400,
        help_text=_("One or two sentences under the title."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("text"), blank=True)
    accepted_at_sign_up = models.BooleanField(
        _("accepted when people sign up"),
        default=False,
        help_text=_("For the terms and the privacy notice: each acceptance is kept."),
    )
    show_updated = models.BooleanField(
        _("show the date of the last change"),
        default=False,
        help_text=_("Useful for legal texts."),
    )

    template = "website/content_page.html"
    search_kind = ""
    page_description = _("A page of text and pictures: about us, legal texts …")
    parent_page_types: ClassVar[list[str]] = ["website.HomePage", "website.ContentPage"]
    subpage_types: ClassVar[list[str]] = ["website.ContentPage", "website.FormPage"]
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("lead"),
        FieldPanel("body"),
        FieldPanel("show_updated"),
        FieldPanel("accepted_at_sign_up"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("lead"),
        index.SearchField("body"),
    ]

    class Meta:
        verbose_name = _("content page")
        verbose_name_plural = _("content pages")

    def summary_text(self) -> str:
        return self.search_description or self.lead


class BlogIndexPage(BasePage):
    """The list of posts, newest first."""

    lead = models.TextField(_("lead"), blank=True, max_length=400)

    template = "website/blog_index_page.html"
    search_kind = ""
    page_description = _("The list of the blog's posts, newest first.")
    parent_page_types: ClassVar[list[str]] = ["website.HomePage"]
    subpage_types: ClassVar[list[str]] = ["website.BlogPostPage"]
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("lead"),
        HelpPanel(
            content=_(
                "Posts are the pages below this one. They appear here as soon as they "
                "are published, newest first."
            )
        ),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("lead")]

    class Meta:
        verbose_name = _("blog")
        verbose_name_plural = _("blogs")

    def posts(self) -> "QuerySet[BlogPostPage]":
        """The live posts below this page, newest first."""
        posts: QuerySet[BlogPostPage] = (
            BlogPostPage.objects.child_of(self)
            .live()
            .public()
            .select_related("image")
            .prefetch_related("image__renditions")
            .order_by("-date", "-first_published_at", "-pk")
        )
        return posts

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        pages: Paginator[BlogPostPage] = Paginator(self.posts(), POSTS_PER_PAGE)
        page: PageOfResults[BlogPostPage] = pages.get_page(request.GET.get("page"))
        return {**context, "posts": page}

    def summary_text(self) -> str:
        return self.search_description or self.lead


class BlogPostPage(BasePage):
    """One article of the blog."""

    date = models.DateField(
        _("date"), default=localdate, help_text=_("Shown to readers; orders the blog.")
    )
    summary = models.TextField(
        _("summary"),
        blank=True,
        max_length=300,
        help_text=_("Two sentences for the list of posts and for the feed."),
    )
    author = models.CharField(_("author"), max_length=120, blank=True)
    image = models.ForeignKey(
        get_image_model_string(),
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    image_alt = models.CharField(
        _("alternative text of the image"),
        max_length=250,
        blank=True,
        help_text=_("What the image shows, for people who cannot see it."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("text"), blank=True)

    template = "website/blog_post_page.html"
    page_description = _("An article of the blog.")
    parent_page_types: ClassVar[list[str]] = ["website.BlogIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        TitleFieldPanel("title"),
        FieldPanel("summary"),
        MultiFieldPanel(
            [FieldPanel("date"), FieldPanel("author")], heading=_("Date and author")
        ),
        MultiFieldPanel(
            [FieldPanel("image"), FieldPanel("image_alt")], heading=_("Image")
        ),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.FilterField("date"),
    ]

    class Meta:
        verbose_name = _("blog post")
        verbose_name_plural = _("blog posts")

    def summary_text(self) -> str:
        return self.search_description or self.summary

    def structured_data(self, url: str) -> list[dict[str, Any]]:
        return [structured.article(self, url)]


class FormPage(contact.GuardedForm, FormMixin, BasePage):
    """A form people fill in; answers are kept, and mailed through the outbox."""

    lead = models.TextField(_("lead"), blank=True, max_length=400)
    thanks_title = models.CharField(
        _("title of the thank-you page"), max_length=120, blank=True
    )
    thanks_text = RichTextField(
        _("text of the thank-you page"), blank=True, features=INLINE_FEATURES
    )
    button = models.CharField(
        _("words on the button"),
        max_length=40,
        blank=True,
        help_text=_("For example: Send the message"),
    )
    to_address = models.EmailField(
        _("send answers to"),
        blank=True,
        help_text=_(
            "Answers are also kept under Forms. Empty: the school's contact address."
        ),
    )

    template = "website/form_page.html"
    search_kind = ""
    landing_page_template = "website/form_page_landing.html"
    page_description = _("A form such as the contact form.")
    parent_page_types: ClassVar[list[str]] = ["website.HomePage", "website.ContentPage"]
    subpage_types: ClassVar[list[str]] = []
    content_panels = [
        FormSubmissionsPanel(),
        TitleFieldPanel("title"),
        FieldPanel("lead"),
        InlinePanel("form_fields", heading=_("Fields"), label=_("field")),
        FieldPanel("button"),
        MultiFieldPanel(
            [FieldPanel("thanks_title"), FieldPanel("thanks_text")],
            heading=_("After sending"),
        ),
        FieldPanel("to_address"),
    ]
    search_fields = [*BasePage.search_fields, index.SearchField("lead")]

    class Meta:
        verbose_name = _("form page")
        verbose_name_plural = _("form pages")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; a good answer leads to the thank-you page, safe to reload."""
        if request.method == "GET" and "sent" in request.GET:
            return self.render_landing_page(request)
        response: HttpResponse = super().serve(request, *args, **kwargs)
        return response

    def render_landing_page(
        self,
        request: HttpRequest,
        form_submission: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponse:
        if request.method == "POST":
            return redirect(f"{self.get_url(request)}?sent=1")
        page: HttpResponse = super().render_landing_page(
            request, form_submission, *args, **kwargs
        )
        return page

    def summary_text(self) -> str:
        return self.search_description or self.lead


class FormField(AbstractFormField):
    page = ParentalKey(FormPage, on_delete=models.CASCADE, related_name="form_fields")

    class Meta(AbstractFormField.Meta):
        verbose_name = _("form field")
        verbose_name_plural = _("form fields")
