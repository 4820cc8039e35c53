"""The pages people accept when they open an account."""

from accounts.hooks import LegalDocument
from website.models import ContentPage


def documents(language: str) -> list[LegalDocument]:
    """Published pages marked for it, in tree order. One query and one for each address."""
    pages = ContentPage.objects.live().filter(
        accepted_at_sign_up=True, locale__language_code=language
    )
    return [
        LegalDocument(
            key=page.translation_key,
            title=page.title,
            url=page.url or "",
            version=_version(page),
        )
        for page in pages.order_by("path")
    ]


def _version(page: ContentPage) -> str:
    """The day it was published last and the number of that revision."""
    day = page.last_published_at
    return f"{day:%Y-%m-%d} ({page.live_revision_id})" if day else str(page.pk)
