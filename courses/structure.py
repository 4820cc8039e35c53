"""The tree of one course as it is published now, kept in memory and checked in the database.

Each process keeps the pages of a course with a fingerprint of the rows they came from.
courses.standing asks for today's fingerprint in the statement it makes anyway, so a
change by any way (publish, move, schedule, shell, another server) is seen by the next
request, and nothing has to be invalidated.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, Q
from wagtail.models import Page, PageViewRestriction

from accounts import prepared
from courses.drip import Rules, rules_of
from courses.models import CoursePage, LessonPage, ModulePage
from courses.places import STEP, available
from website.memory import Memory

# where PostgreSQL keeps a row (ctid) and who wrote it (xmin) change with every update
FINGERPRINT = """
SELECT md5(string_agg(concat_ws(' ', p.id, p.ctid, p.xmin, l.ctid, l.xmin, m.ctid, m.xmin,
        c.ctid, c.xmin, EXISTS (
            SELECT FROM wagtailcore_pageviewrestriction r WHERE r.page_id = p.id)
    ), ',' ORDER BY p.path))
FROM wagtailcore_page p
LEFT JOIN courses_lessonpage l ON l.page_ptr_id = p.id
LEFT JOIN courses_modulepage m ON m.page_ptr_id = p.id
LEFT JOIN courses_coursepage c ON c.page_ptr_id = p.id
WHERE p.path BETWEEN %(first)s AND %(last)s OR p.path = ANY(%(above)s)
"""

# lessons in reading order: (key, whether it is required)
type Order = tuple[tuple[uuid.UUID, bool], ...]


@dataclass(frozen=True)
class Structure:
    """One course page with what is published below it; shared by requests: never changed.

    live: the course and every page above it are published. modules, lessons: in reading
    order, lessons only of published modules. shut: tree paths of unpublished modules.
    """

    course: CoursePage
    live: bool
    modules: tuple[ModulePage, ...]
    lessons: tuple[LessonPage, ...]
    shut: frozenset[str]
    restricted: bool
    fingerprint: str

    @cached_property
    def keys(self) -> tuple[uuid.UUID, ...]:
        return tuple(lesson.key for lesson in self.lessons)

    @cached_property
    def keys_text(self) -> str:
        """The same as PostgreSQL writes an array."""
        return f"{{{','.join(map(str, self.keys))}}}"

    @cached_property
    def order(self) -> Order:
        return in_order(self.lessons)

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.modules, self.lessons)

    def opens(self, lesson: LessonPage) -> bool:
        """Whether every page above the lesson is published."""
        return self.live and lesson.path[:-STEP] not in self.shut


_kept: Memory[Structure] = Memory(256)


def of(course_path: str, course: CoursePage | None = None) -> Structure:
    """The structure as last seen; whoever uses it checks the fingerprint (see standing).

    No query when it is kept, else 4. course: stands in for one that has no row yet (the
    preview of a new course). Raises CoursePage.DoesNotExist.
    """
    return _kept.get(course_path) or read(course_path, course)


def read(
    course_path: str, course: CoursePage | None = None, fingerprint: str | None = None
) -> Structure:
    """Read it again. The fingerprint comes first, so what is kept is never older than it.

    fingerprint: one that was read just before.
    """
    if fingerprint is None:
        fingerprint = current_fingerprint(course_path)
    saved = (
        CoursePage.objects.select_related("locale")
        .annotate(
            closed=_unpublished([*above(course_path), course_path]),
            restricted=_restricted(course_path),
        )
        .filter(path=course_path)
        .first()
    )
    page = saved or course
    if page is None:
        raise CoursePage.DoesNotExist(course_path)
    modules = list(
        ModulePage.objects.filter(
            path__startswith=course_path, depth=page.depth + 1
        ).order_by("path")
    )
    found = Structure(
        course=page,
        live=saved is not None and not saved.closed,
        modules=tuple(module for module in modules if module.live),
        lessons=tuple(available([page])),
        shut=frozenset(module.path for module in modules if not module.live),
        restricted=saved is None or saved.restricted,
        fingerprint=fingerprint,
    )
    if saved:
        _kept.put(course_path, found)
    return found


def _unpublished(paths: list[str]) -> Exists:
    """Whether one of these pages is a draft (the tree's root does not count)."""
    return Exists(Page.objects.filter(path__in=paths, depth__gt=1, live=False))


def _restricted(course_path: str) -> Exists:
    return Exists(
        PageViewRestriction.objects.filter(
            Q(page__path__startswith=course_path) | Q(page__path__in=above(course_path))
        )
    )


def current_fingerprint(course_path: str) -> str:
    row = prepared.first_row(FINGERPRINT, tree_values(course_path))
    return str((row and row[0]) or "")


def tree_values(course_path: str) -> dict[str, str | list[str]]:
    """The values FINGERPRINT asks for. Paths are compared byte by byte; ~ follows all of them."""
    return {
        "first": course_path,
        "last": f"{course_path}~",
        "above": above(course_path),
    }


def above(path: str) -> list[str]:
    """Tree paths of the pages above, the root first."""
    return [path[:length] for length in range(STEP, len(path), STEP)]


def course_path_of(lesson: LessonPage) -> str:
    return str(lesson.path[: -2 * STEP])


def in_order(lessons: Iterable[LessonPage]) -> Order:
    return tuple((lesson.key, lesson.required) for lesson in lessons)
