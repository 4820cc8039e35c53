"""Which mails courses cause. Each is queued once, by its key, in the caller's transaction.

courses.outbox_handlers writes and sends them, if the person wants that kind by then.
"""

import hashlib
from typing import Any

from django.utils.translation import gettext as _

from accounts.hooks import MailKind
from accounts.mail import language_of
from accounts.models import User
from courses.models import Certificate, CourseCompletion, Enrolment
from outbox import queue

KIND = "course-mail"
ENROLLED, COMPLETED = "course_enrolled", "course_completed"
REPLY = "course_reply"
LONGEST_EXCERPT = 400


def kinds() -> list[MailKind]:
    """What people may switch off one by one, in the reader's language; codes are template names."""
    return [
        MailKind(
            10,
            ENROLLED,
            _("Welcome to a course"),
            _("When you join one, with the way to its first lesson."),
        ),
        MailKind(
            40,
            COMPLETED,
            _("A course you finished"),
            _("With your certificate, when the course gives one."),
        ),
        MailKind(
            50,
            REPLY,
            _("Replies to what you wrote"),
            _("When somebody answers you in the discussion of a lesson."),
        ),
    ]


def enrolled(enrolment: Enrolment) -> None:
    """Welcome the student, with the first lesson."""
    _put(
        enrolment.user,
        ENROLLED,
        f"enrolled:{enrolment.pk}",
        course=str(enrolment.course_id),
    )


def completed(completion: CourseCompletion, issued: Certificate | None) -> None:
    """Congratulate, with the certificate where there is one."""
    _put(
        completion.user,
        COMPLETED,
        f"completed:{completion.pk}",
        completion=completion.pk,
        certificate=str(issued.pk) if issued else "",
    )


def reply(
    user: User,
    *,
    lesson_title: str,
    author_name: str,
    excerpt: str,
    url: str,
    message_id: str,
) -> None:
    """Tell somebody that author_name answered in a lesson's discussion.

    url: path or address of the answer. message_id: names the answer; the same person
    hears of it once. Long excerpts are cut.
    """
    _put(
        user,
        REPLY,
        f"reply:{_short(message_id)}:{user.pk}",
        lesson=lesson_title,
        author=author_name,
        excerpt=_cut(excerpt),
        url=url,
    )


def _put(user: User, template: str, key: str, **payload: Any) -> None:
    queue.put(
        kind=KIND,
        key=f"course:{key}",
        payload={"user": user.pk, "template": template, **payload},
        language=language_of(user),
    )


def _short(name: str) -> str:
    """The name, or its digest when it would not fit into a key."""
    return name if len(name) <= 64 else hashlib.sha256(name.encode()).hexdigest()


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return (
        plain if len(plain) <= LONGEST_EXCERPT else plain[: LONGEST_EXCERPT - 1] + "…"
    )
