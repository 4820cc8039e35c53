"""What people accept when they open an account, and the record of it."""

from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.hooks import LegalDocument
from accounts.models import Consent, User


def _sentence(documents: list[LegalDocument]) -> SafeString:
    links = format_html_join(
        _(" and "),
        '<a href="{}" target="_blank">{}</a>',
        ((one.url, one.title) for one in documents),
    )
    return format_html(_("I have read and accept: {documents}"), documents=links)


sentence = lazy(_sentence, SafeString)


def record(user: User, documents: list[LegalDocument]) -> None:
    """Keep what this person accepts now; accepting a version again changes nothing."""
    rows = [
        Consent(
            user=user,
            document=one.key,
            title=one.title,
            version=one.version,
            language=(get_language() or "es")[:2],
        )
        for one in documents
    ]
    Consent.objects.bulk_create(rows, ignore_conflicts=True)
