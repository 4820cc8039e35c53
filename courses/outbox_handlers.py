"""How this room's mails are written and sent, each in its reader's language."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import reverse
from wagtail.models import Page

from accounts import mail, mail_preferences
from accounts.models import User
from courses import durations, mails, my_courses, places, progress
from courses.models import CoursePage
from outbox.handlers import register
from outbox.models import Message


class NothingToSayError(Exception):
    """What the mail was about is gone: it is not sent."""


@register(mails.KIND)
def deliver_course_mail(message: Message) -> None:
    """Send a mail about courses, unless the person is gone or does not want the kind."""
    user = User.objects.filter(pk=message.payload["user"], is_active=True).first()
    template = message.payload["template"]
    if user is None or not mail_preferences.wants(user, template):
        return
    try:
        context = CONTEXTS[template](user, message.payload)
    except NothingToSayError:
        return
    mail.send(
        template,
        to=user.email,
        context={
            "user": user,
            "courses_url": settings.BASE_URL + reverse("courses:my-courses"),
            **context,
        },
        language=message.language,
        message_id=message.message_id,
        unsubscribe_url=mail_preferences.unsubscribe_url(user, template),
    )


def address_of(page: Page) -> str:
    """The page's address on this site, whatever host the site row names."""
    return settings.BASE_URL + urlsplit(page.get_url() or "/").path


def course_page(key: str) -> CoursePage:
    """The course in the active language, else in any. Raises NothingToSayError."""
    found = my_courses.pages_of([uuid.UUID(key)])
    if not found:
        raise NothingToSayError(key)
    return found[0]


def _enrolled(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    page = course_page(payload["course"])
    lessons = list(places.available([page]))
    first = progress.next_lesson(page, user)
    return {
        "course": page.title,
        "summary": page.summary,
        "lessons": len(lessons),
        "duration": durations.duration(
            page.minutes or sum(one.minutes for one in lessons)
        ),
        "first": first.title if first else "",
        "url": address_of(first or page),
    }


def _reply(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "user": user, "url": urljoin(settings.BASE_URL, payload["url"])}


CONTEXTS: dict[str, Callable[[User, dict[str, Any]], dict[str, Any]]] = {
    mails.ENROLLED: _enrolled,
    mails.REPLY: _reply,
}
