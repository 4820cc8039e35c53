"""What students do: join, leave, mark. Each asks courses.access first."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import AuthenticatedRequest
from courses import (
    enrolment,
    facts,
    files,
    my_courses,
    player,
    progress,
    ready,
    refusals,
)
from courses.access import Decision, Reason, decide_course
from courses.lesson_context import bar_context
from courses.models import Course, Enrolment, LessonPage
from courses.outline import outline


def readable_lesson(request: HttpRequest, page_id: int) -> tuple[LessonPage, Decision]:
    """The lesson if this person may read it: 404 when unpublished, 403 when locked."""
    try:
        lesson, decision = ready.readable(request.user, page_id)
    except LessonPage.DoesNotExist as error:
        raise Http404 from error
    if decision.reason == Reason.UNPUBLISHED:
        raise Http404
    if not decision.allowed:
        raise refusals.LockedError(decision)
    return lesson, decision


@login_required
@require_safe
@never_cache
def my_courses_page(request: AuthenticatedRequest) -> HttpResponse:
    rows = my_courses.rows(request.user, request)
    return render(request, "courses/my_courses.html", {"rows": rows})


@login_required
@require_POST
def enrol(request: AuthenticatedRequest, key: uuid.UUID) -> HttpResponse:
    course = get_object_or_404(Course, key=key)
    page = my_courses.page_of(course)
    decision = decide_course(facts.gather(request.user, page))
    if decision.reason == Reason.CLOSED:
        messages.error(request, decision.message)
        return redirect(page.get_url(request))
    if not (decision.allowed or decision.reason == Reason.ENROL):
        raise PermissionDenied(decision.message)
    with_access = decision.reason == Reason.GRANT
    source = Enrolment.Source.ACCESS if with_access else Enrolment.Source.SELF
    enrolment.enrol(request.user, course, source=source)
    messages.success(request, _("Welcome to the course."))
    following = outline(page, request.user, request=request).next
    return redirect(following.url if following else page.get_url(request))


@login_required
@require_POST
def leave(request: AuthenticatedRequest, key: uuid.UUID) -> HttpResponse:
    course = get_object_or_404(Course, key=key)
    if enrolment.withdraw(request.user, course, reason="the student left"):
        messages.success(request, _("You left the course. Your progress is kept."))
    return redirect("courses:my-courses")


@login_required
@require_POST
def complete(request: AuthenticatedRequest, page_id: int) -> HttpResponse:
    lesson, decision = readable_lesson(request, page_id)
    if decision.reason == Reason.GRANT:
        player.join(request.user, lesson)
    try:
        progress.mark(request.user, lesson)
    except progress.NotPassedError:
        if not getattr(request, "htmx", False):  # the bar says it there
            messages.info(request, player.waits_for(request.user, lesson))
    return lesson_changed(request, lesson)


@login_required
@require_POST
def undo(request: AuthenticatedRequest, page_id: int) -> HttpResponse:
    lesson, _decision = readable_lesson(request, page_id)
    progress.undo_complete(request.user, lesson)
    return lesson_changed(request, lesson)


def lesson_changed(request: HttpRequest, lesson: LessonPage) -> HttpResponse:
    """htmx gets the bar and the outline again; everybody else the page."""
    if not getattr(request, "htmx", False):
        return player.back_to(lesson, request)
    context = bar_context(lesson, player.outline_of(lesson, request))
    return render(request, "courses/lesson_changed.html", context)


@require_safe
def lesson_file(
    request: HttpRequest, page_id: int, document_id: int
) -> HttpResponseBase:
    lesson, _decision = readable_lesson(request, page_id)
    if document_id not in files.ids_in(lesson):
        raise Http404
    return files.serve(request, document_id, download="download" in request.GET)
