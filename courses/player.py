"""The lesson player: the page of a lesson, open or locked."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.models import User
from courses import (
    admission,
    embeds,
    enrolment,
    entry,
    personas,
    progress,
    ready,
    shared_lesson,
    standing,
    structure,
)
from courses.access import Decision, Reason, decide
from courses.lesson_context import bar_context, lesson_context, still_waits_for
from courses.models import Course, ItemProgress, LessonPage
from courses.outline import LessonRow, Outline, outline
from website import version

LOCKED = "courses/lesson_locked.html"
PRIVATE = "private, no-store"


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


def respond(
    lesson: LessonPage,
    request: HttpRequest,
    found: Outline,
    address: ready.Address | None = None,
) -> HttpResponse:
    """The answer to somebody whose outline is known. address: where it was kept, if it was."""
    decision = decide(request.user, lesson, facts=found.facts)
    if decision.reason == Reason.UNPUBLISHED:
        raise Http404
    if not decision.allowed:
        response: HttpResponse = locked_page(lesson, request, found, decision)
    else:
        remember(request.user, lesson, decision, found)
        shared = address and shared_lesson.answer(address, request, found)
        response = shared or TemplateResponse(
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
    enrolment.enrol(user, course, source=enrolment.Source.ACCESS)


def waits_for(user: User, lesson: LessonPage) -> str:
    """The same for the student as the records are now."""
    row = ItemProgress.objects.filter(user=user, item=lesson.key).first()
    return still_waits_for(lesson, read=bool(row and row.read_at))


def locked_page(
    lesson: LessonPage, request: HttpRequest, found: Outline, decision: Decision
) -> TemplateResponse:
    """Title, summary, why it is locked and what to do: never the text."""
    inside = found.facts.enrolled_at is not None
    closed = "" if inside else admission.sentence(admission.state_of(found.course))
    context = {
        **lesson.get_context(request),
        **bar_context(lesson, found),
        "decision": decision,
        "closed": closed if decision.reason in entry.ENTRANCE else "",
        "ended": entry.access_ended(request, found, lesson.tier)
        if decision.asks_for_plan
        else None,
        "button": None
        if closed and decision.reason in entry.ENTRANCE
        else _way_in(lesson, request, found, decision),
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
    if decision.asks_for_plan:
        return entry.offer(request, found.course)
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
