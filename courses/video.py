"""Where a student stopped in a video, and which parts were really played.

A report counts only as far as it is possible: played seconds are paid from a credit that
grows with the clock (SPEED seconds for each second, at most CREDIT), so nobody watches an
hour in a minute. A refused report changes nothing but the credit; the player sends its
stretches again later.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts import prepared
from accounts.models import User
from courses import media_length, registry
from courses.models import LessonPage, VideoProgress
from courses.standing import Video as Row

DAY = 86_400
SPEED = 2.5  # the fastest a player plays
TOLERANCE = 15.0  # seconds given to a first report and to slow networks
CREDIT = 300.0  # most seconds saved up while reports could not be sent
DURATION_SLACK = 2  # seconds by which a player's idea of the duration may differ
RANGES = re.compile(r"\d{1,5}-\d{1,5}(,\d{1,5}-\d{1,5}){0,49}")
UPSERT = """
INSERT INTO courses_videoprogress AS old
    (user_id, item_id, block_id, source, position, duration, intervals, credit, seq, updated_at)
SELECT %(user)s, key, %(block)s, %(source)s, %(position)s, %(duration)s,
    CASE WHEN %(seconds)s <= %(tolerance)s THEN %(played)s::jsonb ELSE '[]' END,
    CASE WHEN %(seconds)s <= %(tolerance)s THEN %(tolerance)s - %(seconds)s ELSE %(tolerance)s END,
    %(seq)s, now()
FROM courses_item WHERE key = %(item)s
ON CONFLICT (user_id, item_id, block_id) DO UPDATE SET
    (source, position, duration, intervals, credit, seq, updated_at) = (
    SELECT excluded.source,
        CASE WHEN excluded.seq >= old.seq OR NOT same THEN excluded.position ELSE old.position END,
        CASE WHEN same AND old.duration > 0 AND NOT %(known)s
            THEN old.duration ELSE excluded.duration END,
        CASE WHEN ok THEN (
            SELECT COALESCE(jsonb_agg(jsonb_build_array(lower(part), upper(part))), '[]')
            FROM unnest(merged) AS part
        ) ELSE had END,
        CASE WHEN ok THEN saved - gained ELSE saved END,
        GREATEST(old.seq, excluded.seq),
        excluded.updated_at
    FROM (SELECT old.source IN ('', excluded.source)
        OR abs(old.duration - excluded.duration) <= %(slack)s AS same) AS video
    CROSS JOIN LATERAL (
        SELECT CASE WHEN same THEN old.intervals ELSE '[]'::jsonb END AS had,
            LEAST(%(credit)s, GREATEST(old.credit, 0)
                + %(speed)s * EXTRACT(epoch FROM now() - old.updated_at)::float8
                + CASE WHEN same THEN 0 ELSE %(tolerance)s END) AS saved
    ) AS before
    CROSS JOIN LATERAL (
        SELECT range_agg(int4range((pair->>0)::int, (pair->>1)::int)) AS merged
        FROM jsonb_array_elements(had || %(played)s::jsonb) AS pair
    ) AS after
    CROSS JOIN LATERAL (
        SELECT COALESCE((SELECT sum(upper(part) - lower(part)) FROM unnest(merged) AS part), 0)
            - COALESCE((SELECT sum((pair->>1)::int - (pair->>0)::int)
                        FROM jsonb_array_elements(had) AS pair), 0) AS gained
    ) AS growth
    CROSS JOIN LATERAL (
        SELECT gained <= saved AND (
            NOT same OR %(known)s OR old.duration = 0 OR excluded.duration = 0
            OR abs(old.duration - excluded.duration) <= %(slack)s
        ) AS ok
    ) AS verdict
)
RETURNING position, duration, intervals, (
    SELECT intervals FROM courses_videoprogress
    WHERE user_id = %(user)s AND item_id = %(item)s AND block_id = %(block)s
        AND (source IN ('', %(source)s) OR abs(duration - %(duration)s) <= %(slack)s)
)
"""

type Ranges = list[list[int]]


@dataclass(frozen=True)
class Heartbeat:
    """What the player reports; seconds. played: the stretches since the last report."""

    position: int
    duration: int
    played: tuple[tuple[int, int], ...]
    seq: int


@dataclass(frozen=True)
class Video:
    """What is played. length: its seconds as the school knows them, 0 when it does not."""

    block_id: str
    source: str = ""
    length: int = 0


@dataclass(frozen=True)
class Watched:
    """What is known after a report. percent, before: share watched now and until then."""

    position: int
    percent: int = 0
    before: int = 0
    refused: bool = False


class ReportError(ValueError):
    """What is wrong with a report: by the name of the value, or "__all__"."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


# asked for every few seconds by everybody who watches: without a form around them
VALUES: dict[str, forms.Field] = {
    "position": forms.IntegerField(min_value=0, max_value=DAY),
    "duration": forms.IntegerField(min_value=0, max_value=DAY),
    "played": forms.RegexField(RANGES, required=False),  # "0-10,50-60"
    "seq": forms.IntegerField(min_value=0, max_value=2**53),
}


def heartbeat(posted: Mapping[str, str]) -> Heartbeat:
    """What a player reports. Raises ReportError."""
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, value in VALUES.items():
        try:
            found[name] = value.clean(posted.get(name))
        except forms.ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ReportError(errors)
    found["played"] = _stretches(found["played"], found["duration"])
    return Heartbeat(**found)


def _stretches(text: str, duration: int) -> tuple[tuple[int, int], ...]:
    pairs = [part.split("-") for part in text.split(",")] if text else []
    found = tuple((int(start), int(end)) for start, end in pairs)
    if any(start > end or end > DAY for start, end in found):
        raise ReportError({"played": ["a stretch ends before it starts"]})
    kept = tuple(pair for pair in found if pair[1] > pair[0])
    if (
        duration
        and max((end for _start, end in kept), default=0) > duration + DURATION_SLACK
    ):
        raise ReportError({"__all__": ["played beyond the end"]})
    return kept


def of_block(child: Any) -> Video:
    """What a video or audio block plays."""
    value = child.value
    length = media_length.seconds(value.get("length"))
    if value.get("file"):
        return Video(str(child.id), f"file:{value['file'].pk}", length)
    source = f"{value.get('provider') or ''}:{value.get('video_id') or ''}"
    return Video(str(child.id), source[:80], length)


def keep(user: User, lesson: LessonPage, video: Video, beat: Heartbeat) -> Watched:
    """Merge one report into what is known.

    One statement: reports of two devices or in the wrong order lose nothing. A report
    that cannot be true is refused: another duration than the video's, or more seconds
    than the clock allows.
    """
    if video.length and abs(beat.duration - video.length) > max(
        DURATION_SLACK, video.length // 50
    ):
        return Watched(beat.position, refused=True)
    duration = video.length or beat.duration
    played = merge([min(a, duration), min(b, duration)] for a, b in beat.played)
    values = {
        "user": user.pk, "item": str(lesson.key), "block": video.block_id,
        "source": video.source, "position": beat.position, "duration": duration,
        "played": json.dumps(played), "seconds": total(played), "seq": beat.seq,
        "known": video.length > 0, "tolerance": TOLERANCE, "speed": SPEED, "credit": CREDIT, "slack": DURATION_SLACK,
    }  # fmt: skip
    position, known, after, before = _upsert(lesson, values)
    return Watched(
        position=position,
        percent=share(after, known),
        before=share(before or [], known),
        refused=not _covers(after, played),
    )


def _upsert(lesson: LessonPage, values: dict[str, Any]) -> tuple[int, int, Any, Any]:
    """(position, duration, intervals now, intervals before or None)."""
    row = prepared.first_row(UPSERT, values)
    if row is None:  # the lesson's row is missing: make it
        registry.item_of(lesson)
        row = prepared.first_row(UPSERT, values) or ()
    position, duration, *intervals = row
    after, before = (
        json.loads(one) if isinstance(one, str) else one for one in intervals
    )
    return int(position), int(duration), after, before


def merge(ranges: Iterable[list[int]]) -> Ranges:
    """Sorted, without overlaps or empty stretches."""
    merged: Ranges = []
    for start, end in sorted(ranges):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def total(ranges: Ranges) -> int:
    return sum(end - start for start, end in ranges)


def share(ranges: Ranges, duration: int) -> int:
    """Percent 0..100 of the video, rounded down; 0 while its duration is not known.

    Players report whole seconds: one missing at the end is not held against anybody.
    """
    if duration <= 0:
        return 0
    seconds = total(ranges)
    return 100 if seconds >= duration - 1 else 100 * seconds // duration


def _covers(known: Ranges, played: Ranges) -> bool:
    return merge([*map(list, known), *map(list, played)]) == merge(map(list, known))


def watched(user: User, lesson: LessonPage) -> dict[str, Watched]:
    """Seconds to resume at and share watched, by block id. One query."""
    return resumes(VideoProgress.objects.filter(user=user, item=lesson.key))


def resumes(rows: Iterable[VideoProgress | Row]) -> dict[str, Watched]:
    """The same from rows that were read; near the end a video starts over."""
    return {
        row.block_id: Watched(
            position=0
            if row.duration and row.position >= row.duration - 5
            else row.position,
            percent=share(row.intervals, row.duration),
        )
        for row in rows
    }
