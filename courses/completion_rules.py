"""What a lesson asks for before it counts as done, and what of it is missing."""

from accounts.models import User
from courses import quiz_versions, video
from courses.models import ItemProgress, LessonPage, QuizAttempt, VideoProgress

Rule = ItemProgress.Rule
MEDIA = ("video", "audio")


def asked(lesson: LessonPage) -> frozenset[str]:
    """The rules of the lesson: view, video, quiz; none when the student says so."""
    return frozenset(lesson.completion.split("+")) - {Rule.MANUAL}


def missing(user: User, lesson: LessonPage) -> frozenset[str]:
    """The rules that this student has not met yet. At most one query for each rule.

    Reading alone is met by saying so; with another rule the end must have been reached.
    """
    rules = asked(lesson)
    found = set()
    if Rule.QUIZ in rules and not _passed(user, lesson):
        found.add(Rule.QUIZ)
    if Rule.VIDEO in rules and not _played(user, lesson):
        found.add(Rule.VIDEO)
    if Rule.VIEW in rules and len(rules) > 1 and not _read(user, lesson):
        found.add(Rule.VIEW)
    return frozenset(found)


def media_of(lesson: LessonPage) -> list[video.Video]:
    """The videos and audios of the lesson as it is written now."""
    return [video.of_block(child) for child in lesson.body if child.block_type in MEDIA]


def _passed(user: User, lesson: LessonPage) -> bool:
    wanted = {block_id for block_id, _block in quiz_versions.blocks_of(lesson)}
    passed = set(
        QuizAttempt.objects.filter(user=user, item=lesson.key, passed=True).values_list(
            "block_id", flat=True
        )
    )
    return wanted <= passed


def _played(user: User, lesson: LessonPage) -> bool:
    """Whether each video and audio was played as far as the lesson asks."""
    shares = {
        row.block_id: video.share(row.intervals, row.duration)
        for row in VideoProgress.objects.filter(user=user, item=lesson.key)
    }
    return all(
        shares.get(one.block_id, 0) >= lesson.watch_percent for one in media_of(lesson)
    )


def _read(user: User, lesson: LessonPage) -> bool:
    return ItemProgress.objects.filter(
        user=user, item=lesson.key, read_at__isnull=False
    ).exists()
