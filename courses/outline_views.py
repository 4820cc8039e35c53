"""The outline of a course for scripts: what is open, what is not, when and why."""

import uuid

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courses import my_courses
from courses.models import Course
from courses.outline import outline


@require_safe
@never_cache
def outline_json(request: HttpRequest, key: uuid.UUID) -> JsonResponse:
    """Titles and states only; for visitors too, as on the course's page."""
    page = my_courses.page_of(get_object_or_404(Course, key=key))
    found = outline(page, request.user, request=request)
    lessons = [
        {
            "key": str(row.key),
            "title": row.page.title,
            "url": row.url,
            "state": row.state,
            **row.decision.as_json(),
        }
        for row in found.lessons
    ]
    return JsonResponse(
        {"course": page.title, "percent": found.percent, "lessons": lessons}
    )
