"""Where a student stopped in a video, and which parts were really played."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import connection

from accounts.models import User
from courses import registry
from courses.models import LessonPage, VideoProgress

DAY = 86_400
UPSERT = """
INSERT INTO courses_videoprogress AS old
    (user_id, item_id, block_id, position, duration, intervals, seq, updated_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, now())
ON CONFLICT (user_id, item_id, block_id) DO UPDATE SET
    position = CASE WHEN excluded.seq >= old.seq THEN excluded.position ELSE old.position END,
    duration = GREATEST(old.duration, excluded.duration),
    seq = GREATEST(old.seq, excluded.seq),
    updated_at = excluded.updated_at,
    intervals = (
        SELECT COALESCE(jsonb_agg(jsonb_build_array(lower(part), upper(part))), '[]')
        FROM unnest((
            SELECT range_agg(int4range((pair->>0)::int, (pair->>1)::int))
            FROM jsonb_array_elements(old.intervals || excluded.intervals) AS pair
        )) AS part
    )
RETURNING position
"""


@dataclass(frozen=True)
class Heartbeat:
    """What the player reports; seconds. played: the stretch since the last report."""

    position: int
    duration: int
    played: tuple[int, int]
    seq: int


class HeartbeatForm(forms.Form):
    position = forms.IntegerField(min_value=0, max_value=DAY)
    duration = forms.IntegerField(min_value=0, max_value=DAY)
    played_from = forms.IntegerField(min_value=0, max_value=DAY)
    played_to = forms.IntegerField(min_value=0, max_value=DAY)
    seq = forms.IntegerField(min_value=0, max_value=2**53)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("played_from", 0), cleaned.get("played_to", 0)
        if start > end:
            raise forms.ValidationError("played_from is after played_to")
        return cleaned

    def heartbeat(self) -> Heartbeat:
        data = self.cleaned_data
        return Heartbeat(
            position=data["position"],
            duration=data["duration"],
            played=(data["played_from"], data["played_to"]),
            seq=data["seq"],
        )


def keep(user: User, lesson: LessonPage, block_id: str, beat: Heartbeat) -> int:
    """Merge one report into what is known; the position to resume at, in seconds.

    One statement: reports of two devices or in the wrong order lose nothing.
    """
    item = registry.item_of(lesson)
    start, end = beat.played
    played = [[start, end]] if end > start else []
    values: list[str | int] = [
        user.pk, str(item.pk), block_id, beat.position, beat.duration,
        json.dumps(played), beat.seq,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, values)
        return int(cursor.fetchone()[0])


def positions(user: User, lesson: LessonPage) -> dict[str, int]:
    """Seconds to resume at, by block id; near the end it starts over. One query."""
    rows = VideoProgress.objects.filter(user=user, item=lesson.key)
    return {
        row.block_id: row.position
        for row in rows
        if not row.duration or row.position < row.duration - 5
    }
