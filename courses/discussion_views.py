"""The discussion below a lesson: read, write, answer, edit, take back, report, follow."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from accounts.http import AuthenticatedRequest
from accounts.models import User
from courses import discussion, entry
from courses.models import Comment, LessonPage
from courses.note_views import is_part
from courses.views import readable_lesson

read_or_write = require_http_methods(["GET", "HEAD", "POST"])


def open_discussion(request: HttpRequest, page_id: int) -> LessonPage:
    """The lesson if this person may read it and its course has discussions, else 403/404."""
    lesson, _decision = readable_lesson(request, page_id)
    if not discussion.is_open(lesson):
        raise Http404
    return lesson


def message_of(lesson: LessonPage, pk: int, **more: Any) -> Comment:
    rows = discussion.shown(lesson.key).select_related("user", "parent")
    found: Comment = get_object_or_404(rows, pk=pk, **more)
    return found


@read_or_write
@never_cache
def discussion_page(request: HttpRequest, page_id: int) -> HttpResponse:
    """The threads; a posted message is the newest of them."""
    lesson = open_discussion(request, page_id)
    form = discussion.MessageForm(request.POST or None)
    if request.method == "POST":
        return say(request, lesson, form)
    return panel(request, lesson)


def say(
    request: HttpRequest,
    lesson: LessonPage,
    form: forms.Form,
    parent: Comment | None = None,
) -> HttpResponse:
    """Keep what was written, or show the form again with what is wrong."""
    if not isinstance(request.user, User):
        return redirect_to_login(lesson.get_url(request) or "")
    if form.is_valid():
        try:
            new = discussion.write(
                request.user, lesson, form.cleaned_data["text"], parent
            )
        except discussion.TooManyError:
            form.add_error(
                None, _("You wrote a lot in a short time. Wait some minutes.")
            )
        else:
            return done(request, lesson, new, _("Message sent."))
    if parent:
        return part_form(request, lesson, parent, form, "reply")
    return panel(request, lesson, form=form)


def done(
    request: HttpRequest, lesson: LessonPage, comment: Comment | None, said: str
) -> HttpResponse:
    if is_part(request):
        return panel(
            request, lesson, said=said, around=str(comment.pk) if comment else ""
        )
    if comment is None:
        return redirect("courses:discussion", lesson.pk)
    return redirect(discussion.address(lesson, comment))


def panel(
    request: HttpRequest,
    lesson: LessonPage,
    *,
    form: forms.Form | None = None,
    said: str = "",
    around: str = "",
) -> HttpResponse:
    """The part below the lesson for htmx; a page of its own otherwise."""
    user = request.user
    page, threads = discussion.threads(
        lesson,
        user,
        request.GET.get("page"),
        around=around or request.GET.get("at", ""),
    )
    lesson_url = lesson.get_url(request) or ""
    context = {
        "lesson": lesson,
        "lesson_url": lesson_url,
        "threads": threads,
        "page_of_threads": page,
        "total": discussion.shown(lesson.key).count(),
        "form": form or discussion.MessageForm(auto_id="say-%s"),
        "said": said,
        "choice": discussion.choice(user, lesson.key) if user.pk else None,
        "sign_in_url": entry.sign_in_url(lesson_url),
        "part": is_part(request),
    }
    name = "parts/discussion.html" if is_part(request) else "discussion.html"
    return render(request, f"courses/{name}", context)


def part_form(
    request: HttpRequest,
    lesson: LessonPage,
    comment: Comment,
    form: forms.Form,
    task: str,
) -> HttpResponse:
    """A form about one message: in its place for htmx, on a page otherwise."""
    context = {
        "lesson": lesson,
        "lesson_url": lesson.get_url(request),
        "row": discussion.line(comment, request.user),
        "form": form,
        "task": task,
        "back": discussion.address(lesson, comment),
    }
    if not is_part(request):
        return render(request, "courses/discussion_form.html", context)
    answer = render(request, "courses/parts/comment_form.html", context)
    return reswap(retarget(answer, f"#comment-{comment.pk}-form"), "innerHTML")


@login_required
@read_or_write
@never_cache
def reply(request: AuthenticatedRequest, page_id: int, pk: int) -> HttpResponse:
    lesson = open_discussion(request, page_id)
    parent = message_of(lesson, pk)
    form = discussion.MessageForm(request.POST or None, auto_id=f"reply-{pk}-%s")
    if request.method == "POST":
        return say(request, lesson, form, parent)
    return part_form(request, lesson, parent, form, "reply")


@login_required
@read_or_write
@never_cache
def edit(request: AuthenticatedRequest, page_id: int, pk: int) -> HttpResponse:
    """Own messages, for a while."""
    lesson = open_discussion(request, page_id)
    comment = message_of(lesson, pk, user=request.user)
    if not discussion.editable(comment):
        raise Http404
    form = discussion.MessageForm(
        request.POST or None, initial={"text": comment.text}, auto_id=f"edit-{pk}-%s"
    )
    if request.method == "POST" and form.is_valid():
        discussion.change(comment, form.cleaned_data["text"])
        return done(request, lesson, comment, _("Message changed."))
    return part_form(request, lesson, comment, form, "edit")


@login_required
@require_POST
def delete(request: AuthenticatedRequest, page_id: int, pk: int) -> HttpResponse:
    lesson = open_discussion(request, page_id)
    rows = Comment.objects.filter(item=lesson.key, deleted_at__isnull=True)
    discussion.take_back(get_object_or_404(rows, pk=pk, user=request.user))
    return done(request, lesson, None, _("Message deleted."))


@login_required
@read_or_write
@never_cache
def report(request: AuthenticatedRequest, page_id: int, pk: int) -> HttpResponse:
    """Ask the moderators to look at somebody's message."""
    lesson = open_discussion(request, page_id)
    comment = message_of(lesson, pk)
    form = discussion.ReportForm(request.POST or None, auto_id=f"report-{pk}-%s")
    if request.method == "POST" and form.is_valid():
        discussion.report(request.user, comment, form.cleaned_data["reason"])
        return done(request, lesson, comment, _("Thank you. A moderator will look."))
    return part_form(request, lesson, comment, form, "report")


@login_required
@require_POST
def follow(request: AuthenticatedRequest, page_id: int) -> HttpResponse:
    """Mail for every message of this discussion, or none."""
    lesson = open_discussion(request, page_id)
    wanted = request.POST.get("wanted") == "yes"
    discussion.choose(request.user, lesson, wanted)
    said = (
        _("You get a mail for each message.")
        if wanted
        else _("You get no mails about this discussion.")
    )
    return done(request, lesson, None, said)
