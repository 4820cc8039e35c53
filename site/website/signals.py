"""What changes public pages changes the content version."""

from functools import cache
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.settings.models import AbstractSetting
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
)
from wagtail.snippets.models import get_snippet_models

from website import version


def content_changed(sender: Any, **kwargs: Any) -> None:
    version.bump()


@cache
def is_public_content(model: type[Model]) -> bool:
    """Whether saving a row of this model changes what visitors see (pages: see below)."""
    files = (get_document_model(), get_image_model())
    named = (Locale, PageViewRestriction, Redirect, Site, *files)
    return issubclass(model, (*named, AbstractSetting, *get_snippet_models()))


def row_changed(sender: type[Model], **kwargs: Any) -> None:
    if is_public_content(sender):
        version.bump()


def page_deleted(sender: type[Model], **kwargs: Any) -> None:
    if issubclass(sender, Page):
        version.bump()


for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
    signal.connect(content_changed, dispatch_uid="website.version")
for signal in (post_save, post_delete):
    signal.connect(row_changed, dispatch_uid="website.version-rows")
post_delete.connect(page_deleted, dispatch_uid="website.version-pages")
