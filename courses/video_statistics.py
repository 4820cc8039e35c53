"""Where viewers of a course's videos stop: for the author, from what was really played."""

import uuid
from dataclasses import dataclass

from courses.reports import STUDENTS, Period, rows_of, share

BUCKET = 5  # seconds
MOST_BUCKETS = (
    360  # half an hour in steps of 5 seconds; longer videos have longer steps
)

ALWAYS = Period()
VIDEOS = f"""
WITH {STUDENTS},
watched AS (
    SELECT video.* FROM courses_videoprogress video
    JOIN students USING (user_id)
    JOIN courses_item item ON item.key = video.item_id
    WHERE item.course_id = %(course)s AND video.duration > 0 AND video.intervals <> '[]'
),
video AS (
    SELECT *, {BUCKET} * ceil(seconds / {BUCKET * MOST_BUCKETS}.0)::int AS step
    FROM (
        SELECT item_id, block_id, count(*) AS viewers,
               mode() WITHIN GROUP (ORDER BY duration) AS seconds
        FROM watched GROUP BY item_id, block_id
    ) AS length
),
part AS (
    SELECT item_id, block_id, user_id, step, (pair->>0)::numeric AS start,
           LEAST((pair->>1)::numeric, seconds) AS stop
    FROM watched JOIN video USING (item_id, block_id),
         jsonb_array_elements(intervals) AS pair
),
played AS (
    SELECT item_id, block_id, sum(stop - start) AS seconds FROM part
    WHERE stop > start GROUP BY item_id, block_id
),
reached AS (
    SELECT item_id, block_id, bucket, count(DISTINCT user_id) AS people
    FROM part, generate_series(floor(start / step)::int, ceil(stop / step)::int - 1) AS bucket
    WHERE stop > start GROUP BY item_id, block_id, bucket
)
SELECT item.key, item.title, block_id, video.seconds, video.viewers, video.step,
       floor(100 * COALESCE(played.seconds, 0) / (video.seconds * video.viewers))::int,
       array_agg(COALESCE(reached.people, 0) ORDER BY bucket)
FROM video
JOIN courses_item item ON item.key = video.item_id
CROSS JOIN generate_series(0, (video.seconds - 1) / video.step) AS bucket
LEFT JOIN played USING (item_id, block_id)
LEFT JOIN reached USING (item_id, block_id, bucket)
GROUP BY item.key, block_id, video.seconds, video.viewers, video.step, played.seconds
ORDER BY item.position, item.key, block_id
"""  # noqa: S608  our own text


@dataclass(frozen=True)
class Video:
    """One video or audio, and how many of its viewers played each step of it.

    viewers: people who played any of it. step: in seconds. average: percent of its length
    they played. buckets: how many played any part of each step, in order.
    """

    key: uuid.UUID
    title: str
    block_id: str
    seconds: int
    viewers: int
    step: int
    average: int
    buckets: tuple[int, ...]

    @property
    def shares(self) -> list[int]:
        return [share(count, self.viewers) or 0 for count in self.buckets]

    @property
    def drop(self) -> int | None:
        """The second from which half of the viewers are gone; None if they never are."""
        for place, count in enumerate(self.buckets):
            if 2 * count < self.viewers and place:
                return place * self.step
        return None

    @property
    def stretches(self) -> list[tuple[int, int, int]]:
        """(first second, last second, viewers): steps of equally many viewers as one."""
        found: list[tuple[int, int, int]] = []
        for place, count in enumerate(self.buckets):
            start = place * self.step
            if found and found[-1][2] == count:
                start = found.pop()[0]
            found.append((start, min((place + 1) * self.step, self.seconds), count))
        return found


def drop_off(course: uuid.UUID, period: Period = ALWAYS) -> list[Video]:
    """The course's videos somebody played, in order. One statement.

    Steps are 5 seconds, longer when there would be more than 360. The length is the one
    most players reported.
    """
    return [
        Video(*[*facts, tuple(buckets)])
        for *facts, buckets in rows_of(VIDEOS, course, period)
    ]
