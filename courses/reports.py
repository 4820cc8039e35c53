"""How students get on: by student and by lesson, each in one statement."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import (
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from courses.models import (
    Certificate,
    Course,
    CourseCompletion,
    Enrolment,
    Item,
    ItemProgress,
)


class CountRows(Subquery):
    """How many rows a query finds, as one number for each row of another."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"


IDLE_DAYS = 14
DONE = ItemProgress.State.DONE

# of one course: everybody who joined it in that time, whether they left or not
STUDENTS = """
students AS (
    SELECT DISTINCT user_id FROM courses_enrolment
    WHERE course_id = %(course)s
      AND started_at >= COALESCE(%(since)s, '-infinity'::timestamptz)
      AND started_at < COALESCE(%(until)s, 'infinity'::timestamptz)
)"""

FUNNEL = f"""
WITH {STUDENTS},
seen AS (
    SELECT progress.user_id, progress.item_id, progress.state, progress.last_opened,
           item.position
    FROM courses_itemprogress progress
    JOIN students USING (user_id)
    JOIN courses_item item ON item.key = progress.item_id
    WHERE item.course_id = %(course)s AND item.retired_at IS NULL
),
furthest AS (
    SELECT DISTINCT ON (user_id) user_id, item_id,
           max(last_opened) OVER (PARTITION BY user_id) AS active
    FROM seen
    WHERE NOT EXISTS (
        SELECT 1 FROM courses_coursecompletion finished
        WHERE finished.user_id = seen.user_id AND finished.course_id = %(course)s
    )
    ORDER BY user_id, position DESC
),
here AS (
    SELECT item_id, count(*) AS people,
           count(*) FILTER (WHERE active < now() - %(idle)s * interval '1 day') AS idle
    FROM furthest GROUP BY item_id
)
SELECT item.key, item.title, item.required, (SELECT count(*) FROM students),
       count(seen.item_id), count(seen.item_id) FILTER (WHERE seen.state = 'done'),
       COALESCE(max(here.people), 0), COALESCE(max(here.idle), 0)
FROM courses_item item
LEFT JOIN seen ON seen.item_id = item.key
LEFT JOIN here ON here.item_id = item.key
WHERE item.course_id = %(course)s AND item.retired_at IS NULL
GROUP BY item.key ORDER BY item.position, item.key
"""  # noqa: S608  our own text


@dataclass(frozen=True)
class Period:
    """Students who joined in it count; until is exclusive."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One lesson of a course, as far as its students came.

    here: whose furthest lesson this is, course not finished. stopped: those of them who
    opened nothing for IDLE_DAYS days.
    """

    key: uuid.UUID
    title: str
    required: bool
    students: int
    opened: int
    completed: int
    here: int
    stopped: int

    @property
    def opened_share(self) -> int | None:
        return share(self.opened, self.students)

    @property
    def completed_share(self) -> int | None:
        return share(self.completed, self.students)


def share(part: int, whole: int) -> int | None:
    """Percent, rounded down; None of nobody."""
    return 100 * part // whole if whole else None


def students(courses: QuerySet[Course]) -> Any:
    """Enrolments in these courses with what each student did; see percent() and state()."""
    seen = ItemProgress.objects.filter(
        user=OuterRef("user"), item__course=OuterRef("course")
    )
    done = seen.filter(state=DONE, item__retired_at=None)
    items = Item.objects.filter(course=OuterRef("course"), retired_at=None)
    proofs = Certificate.objects.filter(
        user=OuterRef("user"), course=OuterRef("course"), revoked_at=None
    )
    return (
        Enrolment.objects.filter(course__in=courses)
        .select_related("user", "course")
        .annotate(
            done_required=_count(done.filter(item__required=True)),
            done_all=_count(done),
            required=_count(items.filter(required=True)),
            lessons=_count(items),
            last_activity=Subquery(
                seen.order_by()
                .values("user")
                .annotate(last=Max("last_opened"))
                .values("last")
            ),
            completed_at=Subquery(_finished().values("completed_at")[:1]),
            certificate=Subquery(proofs.order_by("-issued_at").values("number")[:1]),
        )
    )


def _finished() -> QuerySet[CourseCompletion]:
    return CourseCompletion.objects.filter(
        user=OuterRef("user"), course=OuterRef("course")
    )


def _count(rows: QuerySet[Any]) -> "CountRows":
    return CountRows(rows.order_by().values("pk"), output_field=IntegerField())


def in_state(rows: Any, state: str) -> Any:
    """Narrow students() to one of STATES."""
    opened = Exists(
        ItemProgress.objects.filter(
            user=OuterRef("user"), item__course=OuterRef("course")
        )
    )
    finished = Exists(_finished())
    conditions: dict[str, Any] = {
        "finished": finished,
        "under-way": Q(ended_at=None) & opened & ~finished,
        "not-started": Q(ended_at=None) & ~opened & ~finished,
        "withdrawn": Q(ended_at__isnull=False),
    }
    return rows.filter(conditions[state]) if state in conditions else rows


def percent(row: Any) -> int:
    """Of one row of students(): the rule of courses.progress.percent."""
    if row.completed_at:
        return 100
    done, whole = (
        (row.done_required, row.required)
        if row.required
        else (row.done_all, row.lessons)
    )
    return share(done, whole) or 0


def state(row: Any) -> str:
    """Of one row of students(), in words."""
    if row.ended_at:
        return _("Left the course")
    if row.completed_at:
        return _("Finished")
    return _("Under way") if row.last_activity else _("Not started")


def funnel(course: uuid.UUID, period: Period = Period()) -> list[Step]:
    """The course's lessons in order. One statement."""
    return [Step(*row) for row in rows_of(FUNNEL, course, period)]


def rows_of(sql: str, course: uuid.UUID, period: Period) -> list[Any]:
    """The rows of a statement that begins with STUDENTS."""
    values = {
        "course": str(course),
        "since": period.since,
        "until": period.until,
        "idle": IDLE_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def overview(courses: QuerySet[Course]) -> Any:
    """Courses with their numbers: students now, ever, finished. One statement."""
    places = Enrolment.objects.filter(course=OuterRef("pk"))
    return courses.annotate(
        taking=_count(places.filter(ended_at=None)),
        ever=Coalesce(
            Subquery(
                places.order_by()
                .values("course")
                .annotate(people=Count("user", distinct=True))
                .values("people"),
                output_field=IntegerField(),
            ),
            0,
        ),
        finished=_count(CourseCompletion.objects.filter(course=OuterRef("pk"))),
        latest=Subquery(places.order_by("-started_at").values("started_at")[:1]),
    )
