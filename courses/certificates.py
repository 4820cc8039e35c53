"""Certificates: issued once for a finished course, frozen, revoked or replaced in the open."""

import secrets
from typing import Any, TypedDict
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now as current_time

from accounts.mail import zone_of
from accounts.models import User
from audit import trail
from courses import certificate_keys, places
from courses.certificate_signature import FORMAT, canonical, sign
from courses.models import Certificate, CourseCompletion, CoursePage
from outbox import queue

PDF_KIND = "certificate-pdf"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else


class CertificateStateError(Exception):
    """The certificate was revoked or replaced before, or the course gives none."""


class Record(TypedDict):
    """What is signed. Dates are ISO 8601 texts; minutes: length of the course."""

    format: str
    id: str
    number: str
    holder: str
    course: dict[str, str | int]
    language: str
    completed_on: str
    issued_at: str
    syllabus: list[dict[str, str | bool]]
    instructors: list[str]
    issuer: dict[str, str]
    verify: str
    replaces: str


def page_for(key: UUID, page: CoursePage | None = None) -> CoursePage | None:
    """The course's page that gives certificates: this one, else another language's."""
    if page is not None and page.certificate:
        return page
    found: CoursePage | None = (
        CoursePage.objects.live()
        .filter(translation_key=key, certificate=True)
        .select_related("locale")
        .order_by("path")
        .first()
    )
    return found


def any_page(key: UUID) -> CoursePage | None:
    """A live page of the course, for a certificate issued by hand."""
    found: CoursePage | None = (
        CoursePage.objects.live()
        .filter(translation_key=key)
        .select_related("locale")
        .order_by("path")
        .first()
    )
    return found


def course_completed(
    completion: CourseCompletion, page: CoursePage
) -> Certificate | None:
    """Issue what a course finished just now earns, in its transaction.

    None when the course gives none, or when nobody knows the student's name: then it
    waits for them on their certificates page.
    """
    giving = page_for(completion.course_id, page)
    name = completion.user.name.strip()
    if giving is None or not name:
        return None
    return issue(completion, giving, name, actor=completion.user)


@transaction.atomic
def issue(
    completion: CourseCompletion, page: CoursePage, holder: str, *, actor: Any
) -> Certificate:
    """The valid certificate of this completion, issued now when there is none."""
    locked = CourseCompletion.objects.select_for_update().get(pk=completion.pk)
    existing = (
        Certificate.objects.valid()
        .filter(user=locked.user, course=locked.course)
        .first()
    )
    if existing:
        return existing
    made = _write(_snapshot(locked, page, holder))
    trail.record(
        actor,
        "certificate.issue",
        f"certificate:{made.number}",
        course=locked.course.code,
        student=f"user:{locked.user_id}",
    )
    return made


@transaction.atomic
def reissue(found: Certificate, holder: str, *, actor: Any) -> Certificate:
    """The same certificate for a corrected name; the old one is marked as replaced.

    Raises CertificateStateError for one that is not valid any more.
    """
    old = _valid_row(found)
    Certificate.objects.filter(pk=old.pk).update(superseded_at=current_time())
    made = _write(
        Certificate(
            user=old.user,
            course=old.course,
            holder_name=holder[:200],
            course_title=old.course_title,
            language=old.language,
            completed_on=old.completed_on,
            syllabus=old.syllabus,
            design=old.design,
            record=old.record,
            supersedes=old,
        )
    )
    trail.record(
        actor,
        "certificate.reissue",
        f"certificate:{made.number}",
        replaces=old.number,
    )
    return made


@transaction.atomic
def revoke(found: Certificate, reason: str, *, actor: Any) -> None:
    """Withdraw it, with a reason everybody may read. Raises CertificateStateError."""
    old = _valid_row(found)
    old.revoked_at, old.revoked_reason = current_time(), reason[:200]
    old.revoked_by = str(getattr(actor, "email", "") or actor)[:200]
    old.save(update_fields=["revoked_at", "revoked_reason", "revoked_by"])
    trail.record(
        actor, "certificate.revoke", f"certificate:{old.number}", reason=reason
    )


def waiting(user: User) -> list[CourseCompletion]:
    """Finished courses that give a certificate the student does not have. Three queries."""
    had = Certificate.objects.filter(user=user).values("course")
    open_ones = (
        CourseCompletion.objects.filter(user=user)
        .exclude(course__in=had)
        .select_related("course")
    )
    giving = set(
        CoursePage.objects.live()
        .filter(
            translation_key__in=[one.course_id for one in open_ones], certificate=True
        )
        .values_list("translation_key", flat=True)
    )
    return [one for one in open_ones if one.course_id in giving]


def claim(user: User, course_key: UUID, name: str) -> Certificate:
    """Issue a waiting certificate to the student. Raises CertificateStateError."""
    completion = next(
        (one for one in waiting(user) if one.course_id == course_key), None
    )
    page = page_for(course_key)
    if completion is None or page is None:
        raise CertificateStateError(str(course_key))
    return issue(completion, page, name, actor=user)


def normal_number(text: str) -> str:
    """A number as people type it, in the form it is kept."""
    return "-".join("".join(text.upper().split()).replace("–", "-").split("-"))


def verify_path(found: Certificate) -> str:
    """Path of the public page, in the certificate's language."""
    with translation.override(found.language):
        return reverse("courses:certificate", args=[found.pk])


def _valid_row(found: Certificate) -> Certificate:
    row = Certificate.objects.select_for_update().get(pk=found.pk)
    if row.state != Certificate.State.VALID:
        raise CertificateStateError(row.number)
    return row


def _snapshot(
    completion: CourseCompletion, page: CoursePage, holder: str
) -> Certificate:
    """An unsigned certificate with everything it will ever show."""
    user = completion.user
    minutes = page.minutes or sum(one.minutes for one in places.available([page]))
    teachers = page.instructors.select_related("instructor")
    return Certificate(
        user=user,
        course=completion.course,
        holder_name=holder[:200],
        course_title=page.title,
        language=page.locale.language_code,
        completed_on=completion.completed_at.astimezone(zone_of(user)).date(),
        syllabus=completion.syllabus,
        design={
            "layout": page.certificate_layout,
            "text": page.certificate_text,
            "signatory": page.certificate_signatory,
            "role": page.certificate_role,
        },
        record={
            "course": {
                "code": completion.course.code,
                "title": page.title,
                "minutes": minutes,
            },
            "instructors": [row.instructor.name for row in teachers],
            "issuer": {"name": settings.SITE_NAME, "url": settings.BASE_URL},
        },
    )


def _write(found: Certificate) -> Certificate:
    """Number, sign and save; its PDF is made by the outbox."""
    found.id, found.issued_at = uuid4(), current_time().replace(microsecond=0)
    found.number = _new_number(found.issued_at.year)
    record = Record(
        format=FORMAT,
        id=str(found.id),
        number=found.number,
        holder=found.holder_name,
        course=found.record["course"],
        language=found.language,
        completed_on=found.completed_on.isoformat(),
        issued_at=found.issued_at.isoformat(),
        syllabus=[
            {"title": row["title"], "required": row["required"]}
            for row in found.syllabus
        ],
        instructors=found.record["instructors"],
        issuer=found.record["issuer"],
        verify=settings.BASE_URL + verify_path(found),
        replaces=found.supersedes.number if found.supersedes else "",
    )
    found.record = dict(record)
    found.key = certificate_keys.current()
    found.signature = sign(canonical(found.record), certificate_keys.private_key())
    found.save(force_insert=True)
    queue.put(
        kind=PDF_KIND,
        key=f"certificate-pdf:{found.pk}",
        payload={"certificate": str(found.pk)},
        language=found.language,
    )
    return found


def _new_number(year: int) -> str:
    """Such as AMI-2026-7KQ4-MX2P: short enough to type, too sparse to guess."""
    while True:
        letters = "".join(secrets.choice(ALPHABET) for _place in range(8))
        number = f"AMI-{year}-{letters[:4]}-{letters[4:]}"
        if not Certificate.objects.filter(number=number).exists():
            return number
