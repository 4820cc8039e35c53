"""Notes and bookmarks beside a lesson, and the page of all of them. Own rows only."""

import secrets
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from wagtail.models import Locale

from accounts.http import AuthenticatedRequest
from courses import my_notes, notes
from courses.models import Bookmark, LessonPage, Note
from courses.views import readable_lesson

GONE = "courses-marks-taken-away"  # session: {id: packed mark}
GONE_KEPT = 10
MODELS: dict[str, Any] = {"note": Note, "bookmark": Bookmark}
FILES = {
    "markdown": ("notes.md", "text/markdown; charset=utf-8", my_notes.as_markdown),
    "csv": ("notes.csv", "text/csv; charset=utf-8", my_notes.as_csv),
}


def is_part(request: HttpRequest) -> bool:
    """Whether only a part of the page is asked for."""
    return bool(getattr(request, "htmx", False))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def lesson_notes(request: AuthenticatedRequest, page_id: int) -> HttpResponse:
    """The notes of one lesson, with the form for another one; in the
    reader's language where the lesson has it."""
    lesson, _decision = readable_lesson(request, page_id)
    own = lesson.get_translation_or_none(Locale.get_active())
    if own and own.live and own.pk != lesson.pk and request.method != "POST":
        return redirect("courses:lesson-notes", own.pk)
    form = notes.NoteForm(request.POST or None, lesson=lesson)
    if request.method == "POST" and form.is_valid():
        notes.add(request.user, lesson, form)
        return panel(request, lesson, said=_("Note saved."))
    return panel(request, lesson, form=form)


@login_required
@require_POST
def bookmark(request: AuthenticatedRequest, page_id: int) -> HttpResponse:
    """Set or take away the bookmark of a place."""
    lesson, _decision = readable_lesson(request, page_id)
    form = notes.PlaceForm(request.POST, lesson=lesson)
    if not form.is_valid():
        return panel(request, lesson, form=form)
    there = notes.toggle_bookmark(request.user, lesson, form)
    said = _("Bookmark set.") if there else _("Bookmark taken away.")
    return panel(request, lesson, said=said)


def panel(
    request: AuthenticatedRequest,
    lesson: LessonPage,
    *,
    form: notes.PlaceForm | None = None,
    said: str = "",
) -> HttpResponse:
    """The part beside the lesson for htmx; a page of its own otherwise."""
    if said and not is_part(request):
        return redirect("courses:lesson-notes", lesson.pk)
    lesson_url = lesson.get_url(request) or ""
    marks = notes.of_lesson(request.user, lesson)
    context = {
        "lesson": lesson,
        "lesson_url": lesson_url,
        "form": form
        if isinstance(form, notes.NoteForm)
        else notes.NoteForm(lesson=lesson),
        "said": said,
        "rows": [
            my_notes.Row(one, notes.link(lesson_url, one)) for one in marks["notes"]
        ],
        "bookmarks": [
            my_notes.Row(one, notes.link(lesson_url, one)) for one in marks["bookmarks"]
        ],
        "lesson_marked": any(not one.block_id for one in marks["bookmarks"]),
        "back": request.path,
        "undo": last_gone(request),
    }
    name = "parts/notes.html" if is_part(request) else "lesson_notes.html"
    return render(request, f"courses/{name}", context)


@login_required
@require_safe
@never_cache
def my_notes_page(request: AuthenticatedRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:80]
    context = {
        "courses": my_notes.rows(request.user, request, words),
        "q": words,
        "back": request.get_full_path(),
        "undo": last_gone(request),
    }
    return render(request, "courses/my_notes.html", context)


@login_required
@require_safe
@never_cache
def export(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    if kind not in FILES:
        raise Http404
    name, content_type, write = FILES[kind]
    base = request.build_absolute_uri("/").rstrip("/")
    text = write(my_notes.rows(request.user, request), base)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=content_type, headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    note = get_object_or_404(Note, pk=pk, user=request.user)
    form = notes.TextForm(request.POST or None, instance=note, prefix=f"note-{pk}")
    if request.method == "POST" and form.is_valid():
        form.save()
        return after(request, note)
    context = {"form": form, "note": note, "back": back(request)}
    name = "parts/note_form.html" if is_part(request) else "note_edit.html"
    return render(request, f"courses/{name}", context)


@login_required
@require_safe
@never_cache
def one(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """A note as it was, after editing it was given up."""
    return after(request, get_object_or_404(Note, pk=pk, user=request.user))


@login_required
@require_POST
def delete(request: AuthenticatedRequest, kind: str, pk: int) -> HttpResponse:
    """Take a mark away; the session keeps it for a while, so that it can come back."""
    if kind not in MODELS:
        raise Http404
    mark = get_object_or_404(MODELS[kind], pk=pk, user=request.user)
    gone = dict(list(request.session.get(GONE, {}).items())[1 - GONE_KEPT :])
    number = secrets.token_hex(4)
    request.session[GONE] = {**gone, number: notes.packed(mark)}
    mark.delete()
    if not is_part(request):
        here = resolve_url(back(request)).partition("gone=")[0].rstrip("?&")
        return redirect(f"{here}{'&' if '?' in here else '?'}gone={number}")
    context = {"undo": {"number": number, "kind": kind}, "back": back(request)}
    return render(request, "courses/parts/note_gone.html", context)


@login_required
@require_POST
def undo(request: AuthenticatedRequest, number: str) -> HttpResponse:
    gone = dict(request.session.get(GONE, {}))
    if number not in gone:
        raise Http404
    mark = notes.restore(request.user, gone.pop(number))
    request.session[GONE] = gone
    mark.refresh_from_db()
    return after(request, mark)


def after(request: AuthenticatedRequest, mark: notes.Mark) -> HttpResponse:
    """The row of a mark again for htmx; the page it was on otherwise."""
    if not is_part(request):
        return redirect(back(request))
    row = my_notes.row_of(mark, request)
    context = {"row": row, "back": back(request), "focus": True}
    return render(request, "courses/parts/note.html", context)


def back(request: HttpRequest) -> str:
    """The page of ours that the form says it stands on; all notes without one."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        return wanted
    return "courses:my-notes"


def last_gone(request: HttpRequest) -> dict[str, str] | None:
    """What was taken away just now, to offer it back; the address names it."""
    number = request.GET.get("gone", "")
    values = request.session.get(GONE, {}).get(number)
    return {"number": number, "kind": values["kind"]} if values else None
