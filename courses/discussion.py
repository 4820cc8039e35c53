"""The discussion of a lesson: one for all its languages, among people who may read it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.mail import language_of
from accounts.models import User
from audit import trail
from courses import mails, places, registry
from courses.access import decide
from courses.facts import Person, may_edit
from courses.models import (
    Comment,
    CommentReport,
    DiscussionChoice,
    Item,
    LessonPage,
)
from outbox import queue

EDIT_FOR = timedelta(minutes=15)
# at most so many messages of one person in so much time
MOST, WITHIN = 10, timedelta(minutes=10)
PER_PAGE = 20
KIND = "course-discussion"


class TooManyError(Exception):
    """The person wrote a lot in a short time."""


@dataclass(frozen=True)
class Line:
    """A message as one person sees it. text: empty when it is not shown to them."""

    comment: Comment
    author: str
    text: str
    mine: bool
    may_edit: bool
    replies: list["Line"] = field(default_factory=list)


class MessageForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReportForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What is wrong with it?"),
        max_length=300,
        widget=forms.TextInput,
    )


def is_open(lesson: LessonPage) -> bool:
    """Whether the course has discussions."""
    return bool(lesson.place.course.discussion)


def shown(item: Any) -> Any:
    """A queryset of the lesson's messages that anybody can see."""
    return Comment.objects.filter(
        item=item, deleted_at__isnull=True, hidden_at__isnull=True
    )


def threads(
    lesson: LessonPage, user: Person, page: Any = 1, *, around: str = ""
) -> tuple[Page[Any], list[Line]]:
    """One page of threads, the newest first, with their replies. Three queries.

    around: number of a message whose page is wanted instead; one or two more.
    """
    first = (
        Comment.objects.filter(item=lesson.key, parent__isnull=True)
        .annotate(answers=Count("replies", filter=Q(replies__deleted_at__isnull=True)))
        .exclude(deleted_at__isnull=False, answers=0)
        .select_related("user")
        .order_by("-created_at", "-pk")
    )
    if around.isdigit():
        page = _page_of(first, int(around)) or page
    found = Paginator(first, PER_PAGE).get_page(page)
    replies: dict[int, list[Line]] = {one.pk: [] for one in found}
    for reply in Comment.objects.filter(
        parent__in=list(replies), deleted_at__isnull=True
    ).select_related("user"):
        replies[reply.parent_id or 0].append(line(reply, user))
    return found, [line(one, user, replies[one.pk]) for one in found]


def _page_of(first: Any, number: int) -> int | None:
    """Which page of threads shows this message."""
    wanted = Comment.objects.filter(pk=number).select_related("parent").first()
    if wanted is None:
        return None
    top = wanted.parent or wanted
    newer = first.filter(
        Q(created_at__gt=top.created_at) | Q(created_at=top.created_at, pk__gt=top.pk)
    )
    return int(newer.count()) // PER_PAGE + 1


def line(comment: Comment, user: Person, replies: list[Line] | None = None) -> Line:
    mine = comment.user_id == user.pk
    readable = comment.hidden_at is None or mine
    return Line(
        comment=comment,
        author=name_of(comment),
        text=comment.text if readable else "",
        mine=mine,
        may_edit=mine and editable(comment),
        replies=replies or [],
    )


def name_of(comment: Comment) -> str:
    """Never an e-mail address."""
    if comment.deleted_at:
        return ""
    return comment.user.name or (_("The team") if comment.from_team else _("A student"))


def editable(comment: Comment, moment: datetime | None = None) -> bool:
    """For a while after writing, unless a moderator or the author took it away."""
    fresh = (moment or current_time()) - comment.created_at < EDIT_FOR
    return fresh and not comment.deleted_at and not comment.hidden_at


@transaction.atomic
def write(
    user: User, lesson: LessonPage, text: str, parent: Comment | None = None
) -> Comment:
    """Say something; a reply to a reply joins its thread. Raises TooManyError."""
    recent = Comment.objects.filter(user=user, created_at__gt=current_time() - WITHIN)
    if recent.count() >= MOST:
        raise TooManyError
    comment = Comment.objects.create(
        item=registry.item_of(lesson),
        user=user,
        parent=(parent.parent or parent) if parent else None,
        language=lesson.locale.language_code,
        text=text,
        from_team=may_edit(user, lesson),
    )
    queue.put(kind=KIND, key=f"{KIND}:{comment.pk}", payload={"comment": comment.pk})
    return comment


def change(comment: Comment, text: str) -> None:
    comment.text, comment.edited_at = text, current_time()
    comment.save(update_fields=["text", "edited_at"])


def take_back(comment: Comment) -> None:
    """The author's own message goes; one with replies keeps its place without words."""
    if comment.replies.exists():
        comment.text, comment.deleted_at = "", current_time()
        comment.save(update_fields=["text", "deleted_at"])
    else:
        comment.delete()


def report(user: User, comment: Comment, reason: str) -> None:
    """Once for each person; a second report replaces the words and opens it again."""
    CommentReport.objects.update_or_create(
        user=user, comment=comment, defaults={"reason": reason, "settled_at": None}
    )


@transaction.atomic
def hide(comment: Comment, reason: str, actor: User) -> None:
    comment.hidden_at, comment.hidden_reason = current_time(), reason[:200]
    comment.save(update_fields=["hidden_at", "hidden_reason"])
    settle(comment)
    _audit(actor, "discussion.hide", comment, reason=reason)


@transaction.atomic
def restore(comment: Comment, reason: str, actor: User) -> None:
    """Show the message again, or keep it shown: its reports are settled either way."""
    comment.hidden_at, comment.hidden_reason = None, ""
    comment.save(update_fields=["hidden_at", "hidden_reason"])
    settle(comment)
    _audit(actor, "discussion.restore", comment, reason=reason)


def settle(comment: Comment) -> None:
    comment.reports.filter(settled_at__isnull=True).update(settled_at=current_time())


def _audit(actor: User, action: str, comment: Comment, **data: Any) -> None:
    trail.record(actor, action, f"comment:{comment.pk}", author=comment.user_id, **data)


def choice(user: User, item: Any) -> bool | None:
    """True: every message by mail; False: none; None: replies to own messages."""
    return (
        DiscussionChoice.objects.filter(user=user, item=item)
        .values_list("wanted", flat=True)
        .first()
    )


def choose(user: User, lesson: LessonPage, wanted: bool) -> None:
    DiscussionChoice.objects.update_or_create(
        user=user, item=registry.item_of(lesson), defaults={"wanted": wanted}
    )


def tell(comment: Comment) -> int:
    """Queue the mails about a message; how many people hear of it.

    Those who follow the discussion and the author of the message it answers, unless they
    said no; only people who may read the lesson now.
    """
    if comment.deleted_at or comment.hidden_at:
        return 0
    pages = pages_of(comment.item)
    told = 0
    for user in _listeners(comment) if pages else []:
        language = language_of(user)
        lesson = pages.get(language) or next(iter(pages.values()))
        if not decide(user, lesson).allowed:
            continue
        with translation.override(language):
            mails.reply(
                user,
                lesson_title=lesson.title,
                author_name=name_of(comment),
                excerpt=comment.text,
                url=address(lesson, comment),
                message_id=str(comment.pk),
            )
        told += 1
    return told


def _listeners(comment: Comment) -> list[User]:
    choices = dict(
        DiscussionChoice.objects.filter(item=comment.item_id).values_list(
            "user_id", "wanted"
        )
    )
    people = {number for number, wanted in choices.items() if wanted}
    if comment.parent and choices.get(comment.parent.user_id) is not False:
        people.add(comment.parent.user_id)
    people.discard(comment.user_id)
    return list(User.objects.filter(pk__in=people, is_active=True).order_by("pk"))


def pages_of(item: Item) -> dict[str, LessonPage]:
    """The lesson's published pages with an open discussion, by language."""
    live = places.pages_of(item.key).live().select_related("locale").order_by("path")
    return {
        page.locale.language_code: page
        for page in live
        if page.place.live and is_open(page)
    }


def address(lesson: LessonPage, comment: Comment) -> str:
    """Where the message is read: the page of the discussion, at the message."""
    path = reverse("courses:discussion", args=[lesson.pk])
    return f"{path}?at={comment.pk}#comment-{comment.pk}"
