"""How this room's mails are written and sent, each in its reader's language."""

import logging
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import Locale, Page

from accounts import mail, mail_preferences
from accounts.models import User
from courses import (
    certificate_pdf,
    certificates,
    durations,
    grants,
    mails,
    my_courses,
    places,
    progress,
)
from courses.models import AccessGrant, Certificate, CourseCompletion, CoursePage
from outbox.handlers import register
from outbox.models import Message

logger = logging.getLogger(__name__)
PDF_ATTEMPTS = 3


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
    number = message.payload.get("certificate")
    certificate = Certificate.objects.filter(pk=number).first() if number else None
    attachments = _attachments(certificate, message.attempts) if certificate else ()
    mail.send(
        template,
        to=user.email,
        context={
            "user": user,
            "courses_url": settings.BASE_URL + reverse("courses:my-courses"),
            **context,
            "certificate": certificate,
            "attached": bool(attachments),
        },
        language=message.language,
        message_id=message.message_id,
        attachments=attachments,
        unsubscribe_url=mail_preferences.unsubscribe_url(user, template),
    )


@register(certificates.PDF_KIND)
def make_certificate(message: Message) -> None:
    found = Certificate.objects.filter(pk=message.payload["certificate"]).first()
    if found is not None:
        certificate_pdf.ensure(found)


def _attachments(found: Certificate, attempts: int) -> tuple[mail.Attachment, ...]:
    """The PDF; none after it could not be made PDF_ATTEMPTS times."""
    try:
        content = certificate_pdf.ensure(found)
    except Exception:
        if attempts < PDF_ATTEMPTS:
            raise
        logger.exception("certificate %s: no PDF, the mail goes without it", found)
        return ()
    return ((certificate_pdf.name_of(found), content, "application/pdf"),)


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


def _completed(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    completion = CourseCompletion.objects.filter(pk=payload["completion"]).first()
    if completion is None:
        raise NothingToSayError(str(payload["completion"]))
    page = course_page(str(completion.course_id))
    waits = any(
        one.course_id == completion.course_id for one in certificates.waiting(user)
    )
    with_certificate = bool(payload["certificate"]) or waits
    return {
        "course": page.title,
        "waits": waits,
        "url": settings.BASE_URL + reverse("courses:certificates")
        if with_certificate
        else address_of(page),
        "with_certificate": with_certificate,
    }


def _unlocked(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    """The lessons by course, each with its address in the reader's language."""
    rows = []
    for key in payload["lessons"]:
        pages = places.pages_of(uuid.UUID(key)).live().select_related("locale")
        shown = sorted(
            pages,
            key=lambda one: (one.locale_id != Locale.get_active().pk, one.path),
        )
        if shown:
            course = shown[0].place.course.title
            rows.append(
                {"title": shown[0].title, "course": course, "url": address_of(shown[0])}
            )
    if not rows:
        raise NothingToSayError("lessons")
    return {"lessons": rows, "count": len(rows), "url": rows[0]["url"]}


def _reminder(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    """Not for somebody who went on, or finished, since it was queued."""
    page = course_page(payload["course"])
    following = progress.next_lesson(page, user)
    if following is None:
        raise NothingToSayError(payload["course"])
    return {
        "course": page.title,
        "percent": progress.percent(page, user),
        "following": following.title,
        "minutes": following.minutes,
        "url": address_of(following),
    }


def _access_ended(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    """Nothing to say when the same access was opened again."""
    found = AccessGrant.objects.filter(pk=payload["grant"]).first()
    if found is None or AccessGrant.objects.valid_at(now()).filter(pk=found.pk):
        raise NothingToSayError(str(payload["grant"]))
    return {
        "opens": grants.describe(found),
        "url": settings.BASE_URL + reverse("courses:my-courses"),
    }


def _reply(user: User, payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "user": user, "url": urljoin(settings.BASE_URL, payload["url"])}


CONTEXTS: dict[str, Callable[[User, dict[str, Any]], dict[str, Any]]] = {
    mails.ENROLLED: _enrolled,
    mails.UNLOCKED: _unlocked,
    mails.REMINDER: _reminder,
    mails.COMPLETED: _completed,
    mails.ACCESS_ENDED: _access_ended,
    mails.REPLY: _reply,
}
