"""Which lessons wait for which, and when days counted from the start end.

All conditions of a lesson and of its module must hold. A lesson or module that is not
published any more blocks nobody.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.models import CoursePage, LessonPage, ModulePage
from courses.places import STEP, available

type Key = uuid.UUID


@dataclass(frozen=True)
class Rules:
    """The published part of a course, as far as lessons wait for each other.

    modules: by tree path. parts: the lessons that must be done for a lesson's or a
    module's key. titles: by the same keys.
    """

    modules: Mapping[str, ModulePage] = field(default_factory=dict)
    parts: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    titles: Mapping[Key, str] = field(default_factory=dict)

    def conditions(self, lesson: LessonPage) -> list[LessonPage | ModulePage]:
        """The pages whose conditions hold for this lesson: its module's and its own."""
        module = self.modules.get(lesson.path[:-STEP])
        return [module, lesson] if module else [lesson]


def rules_of(modules: Iterable[ModulePage], lessons: Iterable[LessonPage]) -> Rules:
    """modules, lessons: the published ones of one course, in reading order. No query."""
    by_path = {module.path: module for module in modules}
    rows = list(lessons)
    parts: dict[Key, tuple[Key, ...]] = {row.key: (row.key,) for row in rows}
    titles = {row.key: row.title for row in rows}
    for path, module in by_path.items():
        inside = [row for row in rows if row.path[:-STEP] == path]
        asked = [row.key for row in inside if row.required] or [r.key for r in inside]
        parts[module.translation_key] = tuple(asked)
        titles[module.translation_key] = module.title
    return Rules(by_path, parts, titles)


def days_after(start: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of day, that many days of the calendar later, in this time zone.

    A time the clocks skip moves forward by what they skip; of a time they repeat, the
    first counts.
    """
    local = start.astimezone(zone)
    wall = local.replace(tzinfo=None) + timedelta(days=days)
    moment = wall.replace(tzinfo=zone).timestamp()
    return datetime.fromtimestamp(moment, zone)


def refuse_deadlock(page: Any) -> None:
    """Raises ValidationError when lessons would wait for each other for ever.

    page: a lesson or module with the condition about to be saved. Two queries when it
    has one, none otherwise.
    """
    if not page.unlock_after or not page.path:
        return
    depth = 2 if isinstance(page, LessonPage) else 1
    course = CoursePage.objects.filter(path=page.path[: -depth * STEP]).first()
    if course is None:
        return
    modules = ModulePage.objects.child_of(course).live().exclude(pk=page.pk)
    lessons = available([course]).exclude(pk=page.pk)
    rows: list[Any] = sorted([*modules, *lessons, page], key=lambda row: str(row.path))
    rules = rules_of(
        [row for row in rows if isinstance(row, ModulePage)],
        [row for row in rows if isinstance(row, LessonPage)],
    )
    ordered = [row for row in rows if isinstance(row, LessonPage)]
    if deadlock(waits(ordered, rules, in_order=course.sequential)):
        raise ValidationError(
            {
                "unlock_after": _(
                    "Lessons would wait for each other, so nobody could ever open them. "
                    "Choose a lesson that does not wait for this one."
                )
            }
        )


def waits(
    lessons: list[LessonPage], rules: Rules, *, in_order: bool
) -> dict[Key, set[Key]]:
    """For each lesson the lessons it waits for; in_order: also the required one before."""
    found: dict[Key, set[Key]] = {}
    before: Key | None = None
    for lesson in lessons:
        mine = found.setdefault(lesson.key, set())
        for page in rules.conditions(lesson):
            if page.unlock_after:
                mine.update(rules.parts.get(page.unlock_after, ()))
        if in_order and before:
            mine.add(before)
        if lesson.required:
            before = lesson.key
    return found


def earliest_days(
    modules: Iterable[ModulePage], lessons: Iterable[LessonPage], *, in_order: bool
) -> dict[Key, int]:
    """For each lesson the day after the start on which it can open at the earliest.

    Its own days, its module's, and those of every lesson it waits for. Dates do not count.
    """
    rows = list(lessons)
    rules = rules_of(modules, rows)
    graph = waits(rows, rules, in_order=in_order)
    found = {
        row.key: max(page.unlock_after_days or 0 for page in rules.conditions(row))
        for row in rows
    }
    for _round in rows:  # as many as the longest chain at most, also in a circle
        later = {
            key: max([days, *(found.get(one, 0) for one in graph[key])])
            for key, days in found.items()
        }
        if later == found:
            break
        found = later
    return found


def deadlock(graph: Mapping[Key, set[Key]]) -> bool:
    """Whether a lesson waits for itself, directly or through others."""
    open_ones: set[Key] = set()
    while True:
        more = {
            key for key in graph if key not in open_ones and graph[key] <= open_ones
        }
        if not more:
            return len(open_ones) < len(graph)
        open_ones |= more
