"""Mail from a template's three files: subject, text and HTML."""

from typing import Any

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
) -> None:
    """Render templates/emails/<template>-subject.txt, .txt and .html, and send.

    A stable message_id lets a mail program recognise a mail that came twice. Raises what
    the mail backend raises: callers are outbox handlers, which try again.
    """
    variables = {
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "language": language,
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
        headers={"Message-ID": message_id} if message_id else None,
    )
    message.attach_alternative(html, "text/html")
    for name, content, media_type in attachments:
        message.attach(name, content, media_type)
    message.send()


def language_of(user: User) -> str:
    """The language a person's mails are written in."""
    return user.language or settings.LANGUAGE_CODE
