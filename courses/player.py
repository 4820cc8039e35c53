"""The lesson player: the page of a lesson, open or locked."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from wagtail.blocks import StreamValue

from accounts.models import User
from courses import (
    completion_rules,
    embeds,
    enrolment,
    entry,
    personas,
    progress,
    quiz,
    ready,
    standing,
    structure,
    video,
)
from courses.access import Decision, Reason, decide
from courses.facts import Person
from courses.models import Course, ItemProgress, LessonPage
from courses.outline import LessonRow, Outline, outline
from courses.quiz_display import QuizView
from website import version

LOCKED = "courses/lesson_locked.html"
PRIVATE = "private, no-store"
ASKING = AnonymousUser()  # stands for: whoever asks


@dataclass(frozen=True)
class BodyRow:
    """A block with what this person did in it."""

    block: StreamValue.StreamChild
    quiz: QuizView | None
    watched: video.Watched | None
    start: int


def personal(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep a signed-in person's page out of every cache."""
    if request.user.is_authenticated:
        response["Cache-Control"] = PRIVATE
    return response


def serve(lesson: LessonPage, request: HttpRequest) -> HttpResponse:
    """The lesson, a teaser that says why it is locked, or 404 when not published."""
    token = version.current()
    found = outline_of(lesson, request)
    response = respond(lesson, request, found)
    if isinstance(request.user, User):
        ready.keep_address(lesson, request, found, token)
    return response


def respond(lesson: LessonPage, request: HttpRequest, found: Outline) -> HttpResponse:
    """The answer to somebody whose outline is known."""
    decision = decide(request.user, lesson, facts=found.facts)
    if decision.reason == Reason.UNPUBLISHED:
        raise Http404
    if not decision.allowed:
        response = locked_page(lesson, request, found, decision)
    else:
        remember(request.user, lesson, decision, found)
        response = TemplateResponse(
            request, lesson.template, lesson_context(lesson, request, found)
        )
        embeds.allow(response, lesson.body)
    if not lesson.preview:
        response["Cache-Control"] = PRIVATE
    return personal(request, response)


def preview(lesson: LessonPage, request: HttpRequest, mode: str) -> HttpResponse:
    """What the editor is writing, as its author or as a persona will see it."""
    persona = personas.named(mode)
    if persona is None:
        found = outline_of(lesson, request)
        context = {**lesson_context(lesson, request, found), "in_preview": True}
        return TemplateResponse(request, lesson.template, context)
    found, decision = as_persona(lesson, request, persona)
    response: TemplateResponse = (
        TemplateResponse(
            request, lesson.template, lesson_context(lesson, request, found, user=None)
        )
        if decision.allowed
        else locked_page(lesson, request, found, decision)
    )
    response.context_data = {
        **(response.context_data or {}),
        "in_preview": True,
        "persona": persona,
    }
    return response


def as_persona(
    lesson: LessonPage, request: HttpRequest, persona: personas.Persona
) -> tuple[Outline, Decision]:
    """The outline and the decision the persona gets; also for a draft."""
    course = lesson.place.course
    who = personas.person(persona, request.user)
    standing = personas.standing_of(persona, course, lesson)
    if not persona.signed_in:
        request.user = AnonymousUser()
    found = outline(course, who, request=request, found=standing)
    return found, decide(who, lesson, facts=found.facts)


def outline_of(lesson: LessonPage, request: HttpRequest) -> Outline:
    """The outline around a lesson; its facts say whether all pages above are live."""
    path = structure.course_path_of(lesson)
    user = request.user
    stands = (
        standing.read(user, path, item=lesson.key)
        if isinstance(user, User)
        else standing.of_visitor(path)
    )
    tree = stands.structure
    found = outline(tree.course, user, request=request, found=stands)
    if tree.opens(lesson):
        return found
    return replace(found, facts=replace(found.facts, course_live=False))


def remember(user: Any, lesson: LessonPage, decision: Decision, found: Outline) -> None:
    """Note that the student is here; a grant's first lesson also gives a place."""
    if not isinstance(user, User) or decision.reason == Reason.STAFF:
        return
    if decision.reason == Reason.GRANT and found.facts.enrolled_at is None:
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
    watched = video.resumes(found.standing.videos if user and found.standing else ())
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
        "waits_for": _waits_for(lesson, read=bool(row and row.read_at)),
        "by_reading": progress.Rule.VIEW in completion_rules.asked(lesson),
    }


def _waits_for(lesson: LessonPage, *, read: bool) -> str:
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


def waits_for(user: User, lesson: LessonPage) -> str:
    """The same for the student as the records are now."""
    row = ItemProgress.objects.filter(user=user, item=lesson.key).first()
    return _waits_for(lesson, read=bool(row and row.read_at))


def locked_page(
    lesson: LessonPage, request: HttpRequest, found: Outline, decision: Decision
) -> TemplateResponse:
    """Title, summary, why it is locked and what to do: never the text."""
    context = {
        **lesson.get_context(request),
        **bar_context(lesson, found),
        "decision": decision,
        "button": _way_in(lesson, request, found, decision),
        "sign_in_url": entry.sign_in_url(found.url_of(lesson)),
    }
    return TemplateResponse(request, LOCKED, context)


def _way_in(
    lesson: LessonPage, request: HttpRequest, found: Outline, decision: Decision
) -> entry.Button | None:
    if decision.reason in (Reason.AFTER, Reason.IN_ORDER):
        waiting = _first_to_do(found, decision)
        return entry.Button(waiting.page.title, waiting.url) if waiting else None
    if decision.reason == Reason.NOT_YET and found.facts.enrolled_at:
        return None
    return entry.button_for(request, found)


def _first_to_do(found: Outline, decision: Decision) -> LessonRow | None:
    """The lesson to finish first: the one waited for, in a module its first open one."""
    keys = [row.key for row in found.lessons]
    if decision.reason == Reason.AFTER and decision.waits_for:
        keys = list(found.facts.rules.parts[decision.waits_for])
    return next(
        (row for row in found.lessons if row.key in keys and row.state != "done"), None
    )


def back_to(lesson: LessonPage, request: HttpRequest, anchor: str = "") -> HttpResponse:
    return redirect(f"{lesson.get_url(request)}{anchor}")
