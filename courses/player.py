"""The lesson player: the page of a lesson, open or locked."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from wagtail.blocks import StreamValue

from accounts.models import User
from courses import enrolment, entry, progress, quiz, video
from courses.access import Decision, Reason, decide
from courses.models import Course, LessonPage
from courses.outline import Outline, outline
from courses.quiz_display import QuizView

LOCKED = "courses/lesson_locked.html"
PRIVATE = "private, no-store"


@dataclass(frozen=True)
class BodyRow:
    """A block with what this person did in it."""

    block: StreamValue.StreamChild
    quiz: QuizView | None
    resume: int


def personal(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep a signed-in person's page out of every cache."""
    if request.user.is_authenticated:
        response["Cache-Control"] = PRIVATE
    return response


def serve(lesson: LessonPage, request: HttpRequest) -> HttpResponse:
    """The lesson, a teaser that says why it is locked, or 404 when not published."""
    found = outline_of(lesson, request)
    decision = decide(request.user, lesson, facts=found.facts)
    if decision.reason == Reason.UNPUBLISHED:
        raise Http404
    if not decision.allowed:
        response = locked_page(lesson, request, found, decision)
    else:
        remember(request.user, lesson, decision)
        response = TemplateResponse(
            request, lesson.template, lesson_context(lesson, request, found)
        )
    if not lesson.preview:
        response["Cache-Control"] = PRIVATE
    return personal(request, response)


def preview(lesson: LessonPage, request: HttpRequest, *, locked: bool) -> HttpResponse:
    """What the editor is writing, as somebody with or without access will see it."""
    if locked:
        request.user = AnonymousUser()
        found = outline_of(lesson, request)
        decision = decide(request.user, lesson, facts=found.facts)
        return locked_page(lesson, request, found, decision)
    found = outline_of(lesson, request)
    return TemplateResponse(
        request,
        lesson.template,
        {**lesson_context(lesson, request, found), "in_preview": True},
    )


def outline_of(lesson: LessonPage, request: HttpRequest) -> Outline:
    """The outline around a lesson; its facts say whether all pages above are live."""
    place = lesson.place
    found = outline(place.course, request.user, request=request)
    if place.live:
        return found
    return replace(found, facts=replace(found.facts, course_live=False))


def remember(user: Any, lesson: LessonPage, decision: Decision) -> None:
    """Note that the student is here; a grant's first lesson also gives a place."""
    if not isinstance(user, User) or decision.reason == Reason.STAFF:
        return
    if decision.reason == Reason.GRANT:
        join(user, lesson)
    progress.note_opened(user, lesson)


def join(user: User, lesson: LessonPage) -> None:
    """A place in the course for somebody who reads it with access."""
    course = Course.objects.get(key=lesson.place.course.translation_key)
    try:
        enrolment.enrol(user, course, source=enrolment.Source.ACCESS)
    except enrolment.EnrolmentClosedError:
        return


def lesson_context(
    lesson: LessonPage, request: HttpRequest, found: Outline
) -> dict[str, Any]:
    user = request.user if isinstance(request.user, User) else None
    quizzes = quiz.views_of(user, lesson, again=request.GET.get("again", ""))
    resume = video.positions(user, lesson) if user else {}
    return {
        **lesson.get_context(request),
        **bar_context(lesson, found),
        "body": [
            BodyRow(child, quizzes.get(str(child.id)), resume.get(str(child.id), 0))
            for child in lesson.body
        ],
        "sign_up_url": entry.sign_up_url(lesson.get_url(request) or ""),
    }


def bar_context(lesson: LessonPage, found: Outline) -> dict[str, Any]:
    """What the outline and the bar at the bottom need."""
    before, after = found.around(lesson)
    row = found.rows.get(lesson.key)
    return {
        "lesson": lesson,
        "course": found.course,
        "outline": found,
        "before": before,
        "after": after,
        "is_done": row is not None and row.completed_at is not None,
        "by_quiz": lesson.completion == LessonPage.Completion.QUIZ,
        "by_reading": lesson.completion == LessonPage.Completion.VIEW,
    }


def locked_page(
    lesson: LessonPage, request: HttpRequest, found: Outline, decision: Decision
) -> HttpResponse:
    """Title, summary, why it is locked and what to do: never the text."""
    context = {
        **lesson.get_context(request),
        **bar_context(lesson, found),
        "decision": decision,
        "button": _way_in(lesson, request, found, decision),
        "sign_in_url": entry.sign_in_url(lesson.get_url(request) or ""),
    }
    return TemplateResponse(request, LOCKED, context)


def _way_in(
    lesson: LessonPage, request: HttpRequest, found: Outline, decision: Decision
) -> entry.Button | None:
    if decision.reason == Reason.IN_ORDER:
        waiting = next((row for row in found.lessons if row.state != "done"), None)
        return entry.Button(waiting.page.title, waiting.url) if waiting else None
    if decision.reason == Reason.NOT_YET and found.facts.enrolled_at:
        return None
    return entry.button_for(request, found)


def back_to(lesson: LessonPage, request: HttpRequest, anchor: str = "") -> HttpResponse:
    return redirect(f"{lesson.get_url(request)}{anchor}")
