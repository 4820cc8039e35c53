"""What the course page shows."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from courses import admission, entry, levels, personas, related
from courses.access import Reason
from courses.durations import duration
from courses.models import CoursePage
from courses.outline import Outline, outline


def preview(course: CoursePage, request: HttpRequest, mode: str) -> HttpResponse:
    """What the editor is writing, as its author or as a persona will see it."""
    persona = personas.named(mode)
    if persona is None:
        return TemplateResponse(request, course.template, course.get_context(request))
    who = personas.person(persona, request.user)
    if not persona.signed_in:
        request.user = AnonymousUser()
    standing = personas.standing_of(persona, course)
    found = outline(course, who, request=request, found=standing)
    data = {**course.get_context(request), **context(course, request, found)}
    return TemplateResponse(request, course.template, {**data, "persona": persona})


def context(
    course: CoursePage, request: HttpRequest, found: Outline | None = None
) -> dict[str, Any]:
    """Outline, button and badge for this person, or for whom the outline was made."""
    found = found or outline(course, request.user, request=request)
    sample = next((row for row in found.lessons if row.page.preview), None)
    state = admission.state_of(course)
    inside = found.facts.enrolled_at is not None
    closed = "" if inside or found.entry.allowed else admission.sentence(state)
    return {
        "outline": found,
        "closed": closed,
        "retired": state == admission.State.RETIRED,
        "button": None if closed else entry.button_for(request, found),
        "ended": entry.access_ended(request, found)
        if found.entry.reason == Reason.SUBSCRIBE
        else None,
        "badge": badge(found),
        "duration": duration(found.minutes),
        "sample": None if inside else sample,
        "sign_in_url": entry.sign_in_url(course.get_url(request) or ""),
        "level": levels.name_of(course.level, course.locale_id),
        "related": related.cards(course),
        "teachers": [
            row.instructor
            for row in course.instructors.select_related("instructor__photo")
            if row.instructor.live
        ],
    }


def badge(found: Outline) -> dict[str, str]:
    """label, tone and icon of the price badge."""
    if found.facts.free:
        return {"label": _("Free"), "tone": "gain", "icon": "unlock"}
    if found.entry.reason == Reason.GRANT:
        return {"label": _("Included in your plan"), "tone": "gain", "icon": "unlock"}
    return {"label": _("Subscribers"), "tone": "brand", "icon": "lock"}
