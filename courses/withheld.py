"""Pages that were due to go live and have something to mend: they stay drafts.

Their editors hear of it by mail; the administration's first page, the page's history and
its checks say so until the page is published or scheduled again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now
from wagtail.log_actions import log
from wagtail.models import Page, PageLogEntry, Revision

from accounts import mail
from accounts.mail import language_of
from accounts.models import User
from accounts.owners import owners
from courses import publish_checks
from courses.models import CoursePage, LessonPage, ModulePage
from outbox import queue
from outbox.handlers import register
from outbox.models import Message

ACTION = "courses.publish.withheld"
KIND = "publish-withheld"
TEMPLATE = "course_withheld"
SHOWN_DAYS = 90


def hold_back() -> int:
    """Before the clock publishes: keep what has a blocker a draft. How many were held back.

    Again after each one, as others may link to it.
    """
    held = 0
    while found := _first_blocked():
        _withhold(*found)
        held += 1
    return held


def since(page: Page) -> datetime | None:
    """When this page should have gone live and did not; None when that is settled."""
    row = _waiting().filter(pk=page.pk).first() if page.pk else None
    return row.withheld_at if row else None


def waiting(user: Any) -> list[Page]:
    """The pages held back that this person may edit, newest first; each has withheld_at."""
    found: Any = _waiting().order_by("-withheld_at")
    pages = found.specific(defer=True)
    return [page for page in pages if page.permissions_for_user(user).can_edit()]


def _waiting() -> QuerySet[Page]:
    entries = PageLogEntry.objects.filter(
        action=ACTION, timestamp__gt=now() - timedelta(days=SHOWN_DAYS)
    )
    newest = entries.filter(page=OuterRef("pk")).order_by("-timestamp")
    pages: QuerySet[Page] = (
        Page.objects.filter(pk__in=entries.values("page"))
        .annotate(withheld_at=Subquery(newest.values("timestamp")[:1]))
        .filter(
            Q(last_published_at__isnull=True)
            | Q(last_published_at__lt=F("withheld_at"))
        )
    )
    return pages.exclude(pk__in=publish_checks.planned())


def _first_blocked() -> tuple[Revision, Page] | None:
    ours = ContentType.objects.get_for_models(CoursePage, ModulePage, LessonPage)
    due = Revision.page_revisions.filter(
        approved_go_live_at__lt=now(), content_type__in=ours.values()
    ).order_by("approved_go_live_at")
    for revision in due:
        page = revision.as_object()
        if publish_checks.blockers(page):
            return revision, page
    return None


@transaction.atomic
def _withhold(revision: Revision, page: Page) -> None:
    """Unschedule it, with an entry in the page's history and a mail to each of its people."""
    due = revision.approved_go_live_at
    mine = Revision.objects.filter(pk=revision.pk, approved_go_live_at=due)
    if not mine.update(approved_go_live_at=None):
        return  # somebody else was faster
    log(instance=page, action=ACTION, revision=revision, data={"due": due.isoformat()})
    for person in _people(page, revision):
        language = language_of(person)
        with translation.override(language):
            # the words are kept: by the time of the mail it may be mended
            problems = [str(one.text) for one in publish_checks.blockers(page)]
        queue.put(
            kind=KIND,
            key=f"{KIND}:{revision.pk}:{due:%Y%m%d%H%M%S}:{person.pk}",
            payload={
                "user": person.pk,
                "page": page.pk,
                "due": due.isoformat(),
                "problems": problems,
            },
            language=language,
        )


def _people(page: Page, revision: Revision) -> Iterable[User]:
    """Who wrote the draft, who scheduled it and who owns the page, if they may edit it.

    Else the school's owners.
    """
    planned = PageLogEntry.objects.filter(
        page=page.pk, action="wagtail.publish.schedule", revision=revision
    )
    asked = {revision.user_id, page.owner_id, *planned.values_list("user", flat=True)}
    found = [
        one
        for one in User.objects.filter(pk__in=asked - {None}, is_active=True)
        if page.permissions_for_user(one).can_edit()
    ]
    return found or owners()


@register(KIND)
def tell(message: Message) -> None:
    """Nothing happens when the person or the page is gone, or it was published since."""
    payload = message.payload
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    page = _waiting().filter(pk=payload["page"]).first()
    if user is None or page is None:
        return
    due = parse_datetime(payload["due"])
    mail.send(
        TEMPLATE,
        to=user.email,
        context={
            "user": user,
            "page_title": page.draft_title,
            "due": due.astimezone(mail.zone_of(user)) if due else None,
            "problems": payload["problems"],
            "url": settings.BASE_URL
            + reverse("wagtailadmin_pages:edit", args=[page.pk]),
        },
        language=message.language,
        message_id=message.message_id,
    )
