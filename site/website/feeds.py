"""The blog as an Atom feed, one for each language."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from website.head import absolute
from website.models import BlogPostPage

MAX_ENTRIES = 30


class BlogFeed(Feed[BlogPostPage, str]):
    """The newest posts: title, summary, address."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """The language whose posts are asked for."""
        return (get_language() or settings.LANGUAGE_CODE)[:2]

    def title(self, obj: str) -> str:
        return f"{settings.SITE_NAME} · {_('Blog')}"

    def link(self, obj: str) -> str:
        return absolute(f"/{obj}/")

    def feed_url(self, obj: str) -> str:
        return absolute(reverse("website:feed"))

    def items(self, obj: str) -> Any:
        posts = BlogPostPage.objects.live().public().filter(locale__language_code=obj)
        return posts.order_by("-date", "-pk")[:MAX_ENTRIES]

    def item_title(self, item: BlogPostPage) -> str:
        return str(item.title)

    def item_description(self, item: BlogPostPage) -> str:
        return item.summary_text()

    def item_link(self, item: BlogPostPage) -> str:
        return absolute(item.url or "")

    def item_pubdate(self, item: BlogPostPage) -> datetime:
        return datetime.combine(item.date, time(), UTC)

    def item_updateddate(self, item: BlogPostPage) -> datetime:
        return item.last_published_at or self.item_pubdate(item)

    def item_author_name(self, item: BlogPostPage) -> str:
        return item.author or settings.SITE_NAME
