"""The student's part of the dashboard: continue, what opens next, certificates, the week."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import now as current_time

from accounts.models import User
from courses import my_courses
from courses.facts import zone_of
from courses.models import Certificate, ItemProgress, VideoProgress
from courses.my_courses import CourseRow

SHOWN = 6  # courses on the dashboard; the rest is on their own page


@dataclass(frozen=True)
class CertificateRow:
    title: str
    url: str
    issued: date


def context(user: User, request: HttpRequest) -> dict[str, Any]:
    """Constant number of statements, whatever the person takes."""
    rows = my_courses.rows(user, request)
    opening = [row.opening for row in rows if row.opening]
    return {
        "rows": rows[:SHOWN],
        "more": len(rows) - SHOWN if len(rows) > SHOWN else 0,
        "current": next((row for row in rows if may_continue(row)), None),
        "opening": min(opening, key=lambda one: one.at, default=None),
        "fresh": [row for row in rows if row.fresh],
        "certificates": certificates(user),
        "days": days_this_week(user),
    }


def may_continue(row: CourseRow) -> bool:
    """Something to read that is not only the new lessons of a finished course."""
    return row.following is not None and not row.finished


def certificates(user: User) -> list[CertificateRow]:
    """Valid certificates, the newest first; none while their pages do not exist."""
    found = Certificate.objects.valid().filter(user=user)
    rows = [
        CertificateRow(one.course_title, certificate_url(one.pk), one.issued_at.date())
        for one in found.order_by("-issued_at")[:SHOWN]
    ]
    return [row for row in rows if row.url]


def certificate_url(pk: uuid.UUID) -> str:
    try:
        return reverse("courses:certificate", args=[pk])
    except NoReverseMatch:
        return ""


def days_this_week(user: User, now: datetime | None = None) -> int:
    """On how many days since Monday, in the person's time zone, they opened, finished or
    watched something. Two queries. Never compared with another week."""
    zone = zone_of(user)
    today = (now or current_time()).astimezone(zone)
    monday = (today - timedelta(days=today.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    moments: list[datetime | None] = list(
        VideoProgress.objects.filter(user=user, updated_at__gte=monday).values_list(
            "updated_at", flat=True
        )
    )
    for row in ItemProgress.objects.filter(
        user=user, last_opened__gte=monday
    ).values_list("first_opened", "last_opened", "completed_at"):
        moments += row
    return len(
        {
            moment.astimezone(zone).date()
            for moment in moments
            if moment and moment >= monday
        }
    )
