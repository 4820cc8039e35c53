"""Where one person stands in one course, read in one statement.

It brings facts; whether a lesson opens is decided by courses.access.decide, nowhere else.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.timezone import now as current_time

from accounts import prepared
from accounts.models import User
from courses import structure
from courses.models import AccessGrant, Course, CoursePage, ItemProgress
from courses.structure import FINGERPRINT, Structure

STATEMENT = f"""
SELECT
    ({FINGERPRINT}),
    (SELECT started_at FROM courses_enrolment
     WHERE user_id = %(user)s AND course_id = %(course)s AND ended_at IS NULL),
    (SELECT completed_at FROM courses_coursecompletion
     WHERE user_id = %(user)s AND course_id = %(course)s),
    EXISTS (SELECT FROM accounts_user_groups WHERE user_id = %(user)s)
     OR EXISTS (SELECT FROM accounts_user_user_permissions WHERE user_id = %(user)s),
    (SELECT jsonb_agg(to_jsonb(g) ORDER BY g.valid_from DESC, g.id DESC)
     FROM courses_accessgrant g
     WHERE g.user_id = %(user)s AND g.valid_from <= %(now)s
       AND (g.valid_until IS NULL OR g.valid_until > %(now)s)
       AND (g.revoked_at IS NULL OR g.revoked_at > %(now)s)),
    (SELECT jsonb_agg(jsonb_build_array(
        item_id, state, last_opened, completed_at, completed_by, seconds, read_at))
     FROM courses_itemprogress
     WHERE user_id = %(user)s AND item_id = ANY(%(items)s::uuid[])),
    (SELECT jsonb_agg(jsonb_build_array(block_id, position, duration, intervals))
     FROM courses_videoprogress
     WHERE user_id = %(user)s AND item_id = %(item)s),
    (SELECT jsonb_object_agg(item_id, opens_at) FROM courses_dripoverride
     WHERE user_id = %(user)s),
    (SELECT state FROM courses_course WHERE key = %(course)s)
"""  # noqa: S608  no part of it comes from outside
TRIES = 3


class Progress(NamedTuple):
    """A row of ItemProgress, without its model."""

    item_id: uuid.UUID
    state: str
    last_opened: datetime
    completed_at: datetime | None
    completed_by: str
    seconds: int
    read_at: datetime | None = None


class Video(NamedTuple):
    """A row of VideoProgress; seconds."""

    block_id: str
    position: int
    duration: int
    intervals: list[list[int]]


@dataclass(frozen=True)
class Standing:
    """One person in one course at one moment.

    grants: those valid at that moment, newest first, whatever they open. roles: whether
    the person has any group or permission at all. rows: progress by lesson, of the
    published lessons. videos: of the lesson asked for. overrides: when lessons open for
    this person, whatever their conditions say. state: whether the course takes new people
    (a value of Course.State; open while it has no record yet).
    """

    structure: Structure
    enrolled_at: datetime | None = None
    completed_at: datetime | None = None
    roles: bool = False
    grants: tuple[AccessGrant, ...] = ()
    rows: dict[uuid.UUID, Progress] = field(default_factory=dict)
    videos: tuple[Video, ...] = ()
    overrides: dict[uuid.UUID, datetime] = field(default_factory=dict)
    state: str = Course.State.OPEN.value

    @property
    def done(self) -> frozenset[uuid.UUID]:
        """Keys of the published lessons that are finished."""
        done = ItemProgress.State.DONE
        return frozenset(key for key, row in self.rows.items() if row.state == done)


def of_visitor(course_path: str, *, course: CoursePage | None = None) -> Standing:
    """Nobody in particular: the course as it is now. One statement.

    course: see structure.of.
    """
    known = structure.of(course_path, course)
    fingerprint = structure.current_fingerprint(course_path)
    if fingerprint != known.fingerprint:
        known = structure.read(course_path, course, fingerprint)
    return Standing(known)


def read(
    user: User,
    course_path: str,
    now: datetime | None = None,
    *,
    course: CoursePage | None = None,
    item: uuid.UUID | None = None,
) -> Standing:
    """One statement; a few more after the course's pages changed.

    course: see structure.of. item: the lesson whose video positions are wanted too.
    """
    known = structure.of(course_path, course)
    for _attempt in range(TRIES):
        fingerprint, *values = _row(user, known, now or current_time(), item)
        if (fingerprint or "") == known.fingerprint:
            break
        asked_for = set(known.keys)
        known = structure.read(course_path, course, fingerprint or "")
        if asked_for == set(known.keys):
            break
    return _standing(known, values)


def _row(
    user: User, known: Structure, moment: datetime, item: uuid.UUID | None
) -> tuple[Any, ...]:
    values = {
        **structure.tree_values(known.course.path),
        "user": user.pk,
        "course": known.course.translation_key,
        "items": known.keys_text,
        "item": item,
        "now": moment,
    }
    return prepared.first_row(STATEMENT, values) or ()


def _standing(known: Structure, values: list[Any]) -> Standing:
    enrolled_at, completed_at, roles, grants, rows, videos, given, state = values
    progress = [_progress(one) for one in _json(rows)]
    return Standing(
        structure=known,
        enrolled_at=enrolled_at,
        completed_at=completed_at,
        roles=roles,
        grants=tuple(_grant(one) for one in _json(grants)),
        rows={row.item_id: row for row in progress},
        videos=tuple(Video(*one) for one in _json(videos)),
        overrides=_moments(given),
        state=state or Course.State.OPEN.value,
    )


def _json(text: Any) -> list[Any]:
    """Django leaves jsonb as text in plain statements; nothing found is null."""
    found: list[Any] = json.loads(text) if isinstance(text, str) else text or []
    return found


def _moments(text: Any) -> dict[uuid.UUID, datetime]:
    found = json.loads(text) if isinstance(text, str) else text or {}
    return {uuid.UUID(key): datetime.fromisoformat(at) for key, at in found.items()}


def _progress(row: list[Any]) -> Progress:
    key, state, opened, completed, by, seconds, read = row
    return Progress(
        uuid.UUID(key),
        state,
        datetime.fromisoformat(opened),
        datetime.fromisoformat(completed) if completed else None,
        by,
        seconds,
        datetime.fromisoformat(read) if read else None,
    )


MOMENTS = ("valid_from", "valid_until", "revoked_at")


def _grant(row: dict[str, Any]) -> AccessGrant:
    for name in MOMENTS:
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return AccessGrant(**row)
