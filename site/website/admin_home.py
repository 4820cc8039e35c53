"""The first things an editor sees: what to do first, and the guide."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.query import PageQuerySet

from website.models import BlogIndexPage, BlogPostPage, HomePage


class FirstStepsPanel(Component):
    """Five steps from an empty desk to a published course, each with its link."""

    name = "ami_first_steps"
    template_name = "wagtailadmin/home/first_steps.html"
    order = 10

    def get_context_data(
        self, parent_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return {"steps": steps(), "guide_url": reverse("website_guide")}


def steps() -> list[dict[str, Any]]:
    """title, text, url and label of each step. Three queries."""
    home = own_language_first(HomePage.objects.order_by("path")).first()
    blog = own_language_first(BlogIndexPage.objects.order_by("path")).first()
    explore = reverse("wagtailadmin_explore_root")
    below_home = reverse("wagtailadmin_explore", args=[home.pk]) if home else explore
    return [
        {
            "title": _("Look around"),
            "text": _(
                "Every page of the site is a branch of one tree: home, courses, blog."
            ),
            "url": below_home,
            "label": _("Open the page tree"),
        },
        {
            "title": _("Write a page"),
            "text": _(
                "A title and a paragraph are enough; it stays a draft until you publish."
            ),
            "url": new_post(blog) if blog else below_home,
            "label": _("Write a blog post") if blog else _("Add a page"),
        },
        {
            "title": _("Make a course"),
            "text": _(
                "A course holds modules, and modules hold lessons. Add them from the course catalogue."
            ),
            "url": courses(below_home),
            "label": _("Go to the courses"),
        },
        {
            "title": _("Preview it as a student"),
            "text": _(
                "The preview beside the editor shows a course as a visitor, a subscriber or a former one sees it."
            ),
            "url": reverse("website_guide") + "#preview",
            "label": _("How the preview works"),
        },
        {
            "title": _("Publish, or ask for a review"),
            "text": _(
                "The button at the foot of the editor publishes, plans a date or sends the page to review."
            ),
            "url": reverse("website_guide") + "#publish",
            "label": _("How publishing works"),
        },
    ]


def own_language_first(pages: PageQuerySet[Any]) -> PageQuerySet[Any]:
    """Ordered pages, those in the language of the person's admin before the others."""
    own = Case(When(locale__language_code=get_language(), then=0), default=1)
    return pages.order_by(own, *pages.query.order_by)


def courses(otherwise: str) -> str:
    """Where courses are kept; they belong to another room, known by its name only."""
    pages = Page.objects.filter(content_type__app_label="courses").order_by("depth")
    index = own_language_first(pages).first()
    return reverse("wagtailadmin_explore", args=[index.pk]) if index else otherwise


def new_post(blog: BlogIndexPage) -> str:
    meta = BlogPostPage._meta
    return reverse(
        "wagtailadmin_pages:add", args=[meta.app_label, meta.model_name, blog.pk]
    )


def guide(request: HttpRequest) -> HttpResponse:
    """The editors' guide, in the language of the person's admin."""
    return render(request, "wagtailadmin/guide.html")


urlpatterns = [path("guide/", guide, name="website_guide")]
