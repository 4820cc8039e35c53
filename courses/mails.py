"""Which mails courses cause. Each is queued once, by its key, in the caller's transaction.

courses.outbox_handlers writes and sends them, if the person wants that kind by then.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.hooks import MailKind
from accounts.mail import language_of
from accounts.models import User
from courses.models import AccessGrant, Certificate, CourseCompletion, Enrolment
from outbox import queue

KIND = "course-mail"
ENROLLED, COMPLETED = "course_enrolled", "course_completed"
UNLOCKED, REMINDER = "course_unlocked", "course_reminder"
REPLY, ACCESS_ENDED = "course_reply", "course_access_ended"
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
            20,
            UNLOCKED,
            _("New lessons open for you"),
            _("When the day of a lesson comes; one mail a day at most."),
        ),
        MailKind(
            30,
            REMINDER,
            _("Reminders to go on"),
            _("After 14 and after 30 days without a lesson, then never again."),
            default=False,
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
        MailKind(
            60,
            ACCESS_ENDED,
            _("Access that ended"),
            _("When access you were given ends. Plans have mails of their own."),
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


def enrolled_many(enrolments: Iterable[Enrolment]) -> None:
    """The welcome of enrolled() for some thousands of students, in two statements."""
    queue.put_many(
        KIND,
        [
            queue.Effect(
                key=f"course:enrolled:{one.pk}",
                payload={
                    "user": one.user_id,
                    "template": ENROLLED,
                    "course": str(one.course_id),
                },
                language=language_of(one.user),
            )
            for one in enrolments
        ],
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


def unlocked(user: User, lessons: list[str], day: date) -> int:
    """Tell about lessons (keys) that opened; 0 when a mail of that day went before."""
    return _put(user, UNLOCKED, f"unlocked:{user.pk}:{day}", lessons=lessons)


def reminder(enrolment: Enrolment, days: int) -> int:
    """Invite to go on in a course; once for each number of days."""
    return _put(
        enrolment.user,
        REMINDER,
        f"reminder:{enrolment.pk}:{days}",
        course=str(enrolment.course_id),
    )


def access_ended(found: AccessGrant, moment: datetime) -> int:
    """Say that access by hand, gift or import ended then; once for each end."""
    return _put(
        found.user,
        ACCESS_ENDED,
        f"access-ended:{found.pk}:{moment:%Y-%m-%d}",
        grant=found.pk,
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


def _put(user: User, template: str, key: str, **payload: Any) -> int:
    """1 when queued, 0 when this key was queued before."""
    queued = queue.put(
        kind=KIND,
        key=f"course:{key}",
        payload={"user": user.pk, "template": template, **payload},
        language=language_of(user),
    )
    return 0 if queued is None else 1


def _short(name: str) -> str:
    """The name, or its digest when it would not fit into a key."""
    return name if len(name) <= 64 else hashlib.sha256(name.encode()).hexdigest()


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return (
        plain if len(plain) <= LONGEST_EXCERPT else plain[: LONGEST_EXCERPT - 1] + "…"
    )
