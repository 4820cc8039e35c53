"""What the course page shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from courses import entry
from courses.access import Reason
from courses.durations import duration
from courses.models import CoursePage
from courses.outline import Outline, outline


def context(course: CoursePage, request: HttpRequest) -> dict[str, Any]:
    """Outline, button and badge for this person."""
    found = outline(course, request.user, request=request)
    sample = next((row for row in found.lessons if row.page.preview), None)
    return {
        "outline": found,
        "button": entry.button_for(request, found),
        "badge": badge(found),
        "duration": duration(found.minutes),
        "sample": sample if not found.facts.enrolled_at else None,
        "sign_in_url": entry.sign_in_url(course.get_url(request) or ""),
        "teachers": [
            row.instructor
            for row in course.instructors.select_related("instructor__photo")
        ],
    }


def badge(found: Outline) -> dict[str, str]:
    """label, tone and icon of the price badge."""
    if found.facts.free:
        return {"label": _("Free"), "tone": "gain", "icon": "unlock"}
    if found.entry.reason == Reason.GRANT:
        return {"label": _("Included in your plan"), "tone": "gain", "icon": "unlock"}
    return {"label": _("Subscribers"), "tone": "brand", "icon": "lock"}
