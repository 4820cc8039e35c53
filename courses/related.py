"""Other courses a reader of this one may like."""

from typing import Any

from courses import admission
from courses.catalogue import card, lessons_by_course
from courses.models import CoursePage

MOST = 3


def cards(course: CoursePage) -> list[dict[str, Any]]:
    """Open courses of the same topic and language. No query without a topic, else at most 3."""
    if course.topic_id is None:
        return []
    found = list(
        admission.joinable(CoursePage.objects.live())
        .filter(topic=course.topic_id, locale=course.locale_id)
        .exclude(pk=course.pk)
        .select_related("image", "locale")
        .prefetch_related("image__renditions")
        .order_by("path")[:MOST]
    )
    lessons = lessons_by_course(found)
    return [card(one, lessons=lessons[one.path]) for one in found]
