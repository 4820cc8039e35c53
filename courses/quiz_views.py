"""The student's doors to a quiz: start, save, answer, once more. The rules are in quiz.py.

With htmx each answers with the quiz's part of the page; otherwise with the page again.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from accounts.http import AuthenticatedRequest
from courses import player, quiz, quiz_display, quiz_versions
from courses.access import Reason
from courses.lesson_context import bar_context
from courses.models import LessonPage, QuizDraft
from courses.quiz_display import QuizView
from courses.quiz_grading import QuizError, numbered
from courses.views import readable_lesson


@login_required
@require_GET
@never_cache
def quiz_form(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> HttpResponse:
    """The quiz once more, without the last result."""
    lesson, _decision = readable_lesson(request, page_id)
    return quiz_answer(request, lesson, block_id, again=block_id)


@login_required
@require_POST
def start_quiz(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> HttpResponse:
    lesson = _quiz_lesson(request, page_id, block_id)
    try:
        quiz.start(request.user, lesson, block_id)
    except QuizError as error:
        return quiz_answer(request, lesson, block_id, error=error)
    return quiz_answer(request, lesson, block_id)


@login_required
@require_POST
def save_quiz(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> HttpResponse:
    """Keep what is answered so far; when the attempt is over, show its result."""
    lesson = _quiz_lesson(request, page_id, block_id)
    try:
        draft = _save(request, lesson, block_id)
    except QuizError as error:
        answer = quiz_answer(request, lesson, block_id, error=error)
        return _whole_quiz(answer, block_id)
    if draft is None:
        return _whole_quiz(quiz_answer(request, lesson, block_id), block_id)
    if not getattr(request, "htmx", False):
        messages.success(request, _("Your answers are saved. Go on when you want."))
        return player.back_to(lesson, request, f"#quiz-{block_id}")
    shown = quiz.views_of(request.user, lesson)[block_id]
    return render(request, "courses/parts/quiz_saved.html", {"quiz": shown})


@login_required
@require_POST
def answer_quiz(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> HttpResponse:
    lesson = _quiz_lesson(request, page_id, block_id)
    try:
        quiz.submit(
            request.user,
            lesson,
            block_id,
            _posted(request),
            version=quiz_display.unsign(request.POST.get("seen", "")),
            key=request.POST.get("key", ""),
        )
    except QuizError as error:
        _keep(request, lesson, block_id)
        return quiz_answer(request, lesson, block_id, again=block_id, error=error)
    return quiz_answer(request, lesson, block_id)


@login_required
@require_POST
def discard_quiz(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> HttpResponse:
    """Back to the last result without finishing this attempt."""
    lesson = _quiz_lesson(request, page_id, block_id)
    quiz.discard(request.user, lesson, block_id)
    return quiz_answer(request, lesson, block_id)


def quiz_answer(
    request: AuthenticatedRequest,
    lesson: LessonPage,
    block_id: str,
    *,
    again: str = "",
    error: QuizError | None = None,
) -> HttpResponse:
    """The quiz's part of the page for htmx; the whole page, at the quiz, otherwise."""
    shown = quiz.views_of(
        request.user, lesson, again=again, errors=error.by_question if error else None
    ).get(block_id)
    words = _said(error, shown) if error else ""
    if not getattr(request, "htmx", False):
        if words:
            messages.error(request, words)
        anchor = f"#quiz-{block_id}"
        return player.back_to(
            lesson, request, f"?again={again}{anchor}" if again else anchor
        )
    if shown is None:
        return HttpResponseClientRedirect(lesson.get_url(request))
    context = {
        **bar_context(lesson, player.outline_of(lesson, request)),
        "quiz": shown,
        "error": words,
    }
    return render(request, "courses/quiz_changed.html", context)


def _said(error: QuizError, shown: QuizView | None) -> str:
    """The words of the error; its questions are numbered as this person sees them."""
    if shown is None or not error.by_question:
        return str(error)
    order = [question.id for question in shown.questions]
    return numbered(error.by_question, order) or str(error)


def _quiz_lesson(
    request: AuthenticatedRequest, page_id: int, block_id: str
) -> LessonPage:
    """A lesson this person may read that has this quiz; a grant gives a place."""
    lesson, decision = readable_lesson(request, page_id)
    if block_id not in dict(quiz_versions.blocks_of(lesson)):
        raise Http404
    if decision.reason == Reason.GRANT:
        player.join(request.user, lesson)
    return lesson


def _posted(request: HttpRequest) -> dict[str, list[str]]:
    """What was answered, by question id."""
    return {
        name.removeprefix("q-"): request.POST.getlist(name)
        for name in request.POST
        if name.startswith("q-")
    }


def _save(
    request: AuthenticatedRequest, lesson: LessonPage, block_id: str
) -> QuizDraft | None:
    seq = request.POST.get("seq", "")
    return quiz.save(
        request.user,
        lesson,
        block_id,
        _posted(request),
        key=request.POST.get("key", ""),
        seq=int(seq) if seq.isdecimal() and len(seq) < 10 else None,
    )


def _keep(request: AuthenticatedRequest, lesson: LessonPage, block_id: str) -> None:
    """Save what could not be graded, so that nothing has to be written again."""
    try:
        _save(request, lesson, block_id)
    except QuizError:  # not started, or no attempts left: there is nothing to keep
        return


def _whole_quiz(answer: HttpResponse, block_id: str) -> HttpResponse:
    """A save aims at its status line; this answer replaces the quiz."""
    return retarget(reswap(answer, "outerHTML"), f"#quiz-{block_id}")
