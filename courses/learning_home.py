"""What the administration's first page says about learning, and a lesson's editor."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils.timezone import now
from wagtail.admin.ui.components import Component

from courses import quiz_statistics, report_scope, reports
from courses.models import CourseCompletion, Enrolment, Item, LessonPage

KEPT_SECONDS = 300
STOPS = 5
HARD = 50  # percent right or less
FEW = 5  # first attempts before a question is called hard

WHERE_THEY_STOP = """
WITH furthest AS (
    SELECT DISTINCT ON (progress.user_id, item.course_id)
        item.key, item.title, item.course_id,
        max(progress.last_opened)
            OVER (PARTITION BY progress.user_id, item.course_id) AS active
    FROM courses_itemprogress progress
    JOIN courses_item item ON item.key = progress.item_id
    JOIN courses_enrolment place
        ON place.user_id = progress.user_id AND place.course_id = item.course_id
        AND place.ended_at IS NULL
    WHERE item.course_id = ANY(%s::uuid[]) AND item.retired_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM courses_coursecompletion finished
          WHERE finished.user_id = progress.user_id
            AND finished.course_id = item.course_id
      )
    ORDER BY progress.user_id, item.course_id, item.position DESC
)
SELECT furthest.title, course.title, furthest.course_id, count(*)
FROM furthest JOIN courses_course course ON course.key = furthest.course_id
WHERE active < now() - %s * interval '1 day'
GROUP BY furthest.key, furthest.title, course.title, furthest.course_id
ORDER BY count(*) DESC, furthest.title LIMIT %s
"""


class LearningHomePanel(Component):
    """This week in the courses somebody may look at. Kept for five minutes."""

    name = "ami_learning"
    template_name = "courses/admin/home_panel.html"
    order = 60

    def get_context_data(
        self, parent_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        user = (parent_context or {})["request"].user
        key = f"learning-home:{user.pk}"
        found: dict[str, Any] | None = cache.get(key)
        if found is None:
            found = week(user)
            cache.set(key, found, KEPT_SECONDS)
        return found


def week(user: Any) -> dict[str, Any]:
    """New enrolments and finished courses of seven days, stops, hard questions."""
    courses = list(report_scope.courses_of(user).values_list("key", flat=True))
    since = now() - timedelta(days=7)
    joined = Enrolment.objects.filter(course__in=courses, started_at__gte=since)
    finished = CourseCompletion.objects.filter(
        course__in=courses, completed_at__gte=since
    )
    return {
        "shown": bool(courses),
        "joined": joined.count(),
        "finished": finished.count(),
        "stops": stops(courses),
        "questions": hard_questions(courses),
    }


def stops(courses: list[Any]) -> list[dict[str, Any]]:
    """The lessons where most students of these courses stopped."""
    values: list[Any] = [[str(key) for key in courses], reports.IDLE_DAYS, STOPS]
    with connection.cursor() as cursor:
        cursor.execute(WHERE_THEY_STOP, values)
        return [
            {
                "lesson": lesson,
                "course": course,
                "people": people,
                "url": reverse("course_reports:lessons", args=[key]),
            }
            for lesson, course, key, people in cursor.fetchall()
        ]


def hard_questions(courses: list[Any]) -> list[dict[str, Any]]:
    """The questions of the last 30 days that most first attempts got wrong."""
    items = Item.objects.filter(course__in=courses, quiz_versions__isnull=False)
    places = dict(items.values_list("key", "course_id").distinct())
    since = now() - timedelta(days=30)
    found = [
        one
        for one in quiz_statistics.of_items(places, since=since)
        if one.first_attempts >= FEW and (one.share_right or 0) <= HARD
    ]
    found.sort(key=lambda one: one.share_right or 0)
    return [
        {
            "text": one.text,
            "share": one.share_right,
            "url": reverse("course_reports:questions", args=[places[one.item]]),
        }
        for one in found[:STOPS]
    ]


def of_lesson(lesson: LessonPage) -> dict[str, Any]:
    """How students get on with one lesson: its step and its hardest question."""
    item = Item.objects.filter(key=lesson.key).first()
    if item is None:
        return {"step": None}
    steps = reports.funnel(item.course_id)
    questions = [
        one
        for one in quiz_statistics.of_items([item.key])
        if one.share_right is not None
    ]
    return {
        "step": next((one for one in steps if one.key == item.key), None),
        "hardest": min(questions, key=lambda one: one.share_right or 0, default=None),
        "url": reverse("course_reports:lessons", args=[item.course_id]),
    }
