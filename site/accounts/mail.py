"""Mail from a template's three files: subject, text and HTML."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User

Attachment = tuple[str, bytes, str]  # file name, content, media type


def send(
    template: str,
    *,
    to: str,
    context: dict[str, Any],
    language: str,
    message_id: str = "",
    attachments: tuple[Attachment, ...] = (),
    unsubscribe_url: str = "",
) -> None:
    """Render templates/emails/<template>-subject.txt, .txt and .html, and send.

    With an unsubscribe_url the mail carries it in its footer and in the headers of
    one-click unsubscription (RFC 8058). A stable message_id lets a mail program recognise a mail that came twice. Raises what
    the mail backend raises: callers are outbox handlers, which try again.
    """
    variables = {
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "language": language,
        "unsubscribe_url": unsubscribe_url,
        **context,
    }
    with translation.override(language):
        subject = render_to_string(f"emails/{template}-subject.txt", variables)
        body = render_to_string(f"emails/{template}.txt", variables)
        html = render_to_string(f"emails/{template}.html", variables)
    message = EmailMultiAlternatives(
        " ".join(subject.split()),
        body,
        to=[to],
        headers=_headers(message_id, unsubscribe_url),
    )
    message.attach_alternative(html, "text/html")
    for name, content, media_type in attachments:
        message.attach(name, content, media_type)
    message.send()


def _headers(message_id: str, unsubscribe_url: str) -> dict[str, str]:
    found = {"Message-ID": message_id} if message_id else {}
    if unsubscribe_url:
        found["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def zone_of(user: User) -> ZoneInfo:
    """The zone a person's days are counted in; UTC for a name nobody knows."""
    try:
        return ZoneInfo(user.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def language_of(user: User) -> str:
    """The language a person's mails are written in."""
    return user.language or settings.LANGUAGE_CODE
