"""Where viewers of a video stop: for the author, from the intervals really played."""

from dataclasses import dataclass

from django.db import connection

from courses.models import Item

BUCKET = 5  # seconds
MOST_BUCKETS = 200
BUCKETS = """
WITH viewers AS (
    SELECT block_id, duration, intervals FROM courses_videoprogress
    WHERE item_id = %(item)s AND duration > 0 AND intervals <> '[]'
), lengths AS (
    SELECT block_id, mode() WITHIN GROUP (ORDER BY duration) AS duration,
        count(*) AS viewers FROM viewers GROUP BY block_id
), steps AS (
    SELECT *, GREATEST(%(bucket)s, ceil(duration / %(most)s::numeric)::int) AS step FROM lengths
)
SELECT steps.block_id, steps.duration, steps.viewers, steps.step, start,
    (SELECT count(*) FROM viewers WHERE viewers.block_id = steps.block_id AND EXISTS (
        SELECT FROM jsonb_array_elements(viewers.intervals) AS pair
        WHERE (pair->>0)::int < LEAST(start + step, steps.duration)
            AND (pair->>1)::int > start))
FROM steps CROSS JOIN LATERAL generate_series(0, steps.duration - 1, steps.step) AS start
ORDER BY steps.block_id, start
"""


@dataclass(frozen=True)
class Bucket:
    """A stretch of a video in seconds, and how many played any part of it.

    share: percent 0..100 of the viewers, rounded down.
    """

    start: int
    end: int
    viewers: int
    share: int


@dataclass(frozen=True)
class DropOff:
    """One video of a lesson: viewers are people who played any of it."""

    block_id: str
    duration: int
    viewers: int
    buckets: tuple[Bucket, ...]


def drop_off(item: Item) -> list[DropOff]:
    """For each video or audio somebody played, in one statement.

    Buckets are 5 seconds, longer when there would be more than 200. The duration is the
    one most players reported.
    """
    values: dict[str, str | int] = {
        "item": str(item.pk),
        "bucket": BUCKET,
        "most": MOST_BUCKETS,
    }
    with connection.cursor() as cursor:
        cursor.execute(BUCKETS, values)
        rows = cursor.fetchall()
    buckets: dict[tuple[str, int, int], list[Bucket]] = {}
    for block_id, duration, viewers, step, start, playing in rows:
        end = min(start + step, duration)
        bucket = Bucket(start, end, playing, 100 * playing // viewers)
        buckets.setdefault((block_id, duration, viewers), []).append(bucket)
    return [DropOff(*key, tuple(found)) for key, found in buckets.items()]
