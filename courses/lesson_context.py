"""What the templates of a lesson read."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext
from wagtail.blocks import StreamValue

from accounts.models import User
from courses import completion_rules, entry, progress, quiz, video
from courses.facts import Person
from courses.models import LessonPage
from courses.outline import Outline
from courses.quiz_display import QuizView

ASKING = AnonymousUser()  # stands for: whoever asks


@dataclass(frozen=True)
class BodyRow:
    """A block with what this person did in it."""

    block: StreamValue.StreamChild
    quiz: QuizView | None
    watched: video.Watched | None
    start: int


def lesson_context(
    lesson: LessonPage,
    request: HttpRequest,
    found: Outline,
    *,
    user: Person | None = ASKING,
) -> dict[str, Any]:
    """user: whose answers and places are shown; the reader's when not said."""
    who = request.user if user is ASKING else user
    user = who if isinstance(who, User) else None
    quizzes = quiz.views_of(user, lesson, again=request.GET.get("again", ""))
    watched = watched_of(found) if user else {}
    starts = {block_id: one.position for block_id, one in watched.items()}
    starts |= asked_second(lesson, request)
    return {
        **lesson.get_context(request),
        **bar_context(lesson, found),
        "body": [
            BodyRow(
                child,
                quizzes.get(str(child.id)),
                watched.get(str(child.id)),
                starts.get(str(child.id), 0),
            )
            for child in lesson.body
        ],
        "sign_up_url": entry.sign_up_url(found.url_of(lesson)),
    }


def watched_of(found: Outline) -> dict[str, video.Watched]:
    """What the person played of each video of the lesson, by block id."""
    return video.resumes(found.standing.videos if found.standing else ())


def asked_second(lesson: LessonPage, request: HttpRequest) -> dict[str, int]:
    """?t=83 of the address, for the video ?v= names or the first one: {block id: 83}."""
    second, block_id = request.GET.get("t", ""), request.GET.get("v", "")
    if not re.fullmatch(r"\d{1,5}", second):
        return {}
    media = [
        str(child.get("id"))
        for child in lesson.body.raw_data
        if child["type"] in completion_rules.MEDIA
    ]
    found = [one for one in media if one == block_id] or media[:1]
    return {found[0]: int(second)} if found else {}


def bar_context(lesson: LessonPage, found: Outline) -> dict[str, Any]:
    """What the outline and the bar at the bottom need."""
    before, after = found.around(lesson)
    row = found.rows.get(lesson.key)
    return {
        "lesson": lesson,
        "course": found.course,
        "course_url": found.url,
        "outline": found,
        "before": before,
        "after": after,
        "is_done": row is not None and row.completed_at is not None,
        "waits_for": still_waits_for(lesson, read=bool(row and row.read_at)),
        "by_reading": progress.Rule.VIEW in completion_rules.asked(lesson),
    }


def still_waits_for(lesson: LessonPage, *, read: bool) -> str:
    """What must be done besides reading; empty when the student may say it is done."""
    rules = completion_rules.asked(lesson)
    waits = rules - {progress.Rule.VIEW}
    if progress.Rule.VIEW in rules and not read:
        return ""
    if waits == {progress.Rule.QUIZ}:
        return gettext("Pass the quiz to finish this lesson")
    percent = {"percent": lesson.watch_percent}
    if waits == {progress.Rule.VIDEO}:
        return gettext("Play %(percent)s%% to finish this lesson") % percent
    if waits:
        return (
            gettext("Play %(percent)s%% and pass the quiz to finish this lesson")
            % percent
        )
    return ""
