"""The one button of a course: its words and its effect follow what the person can do."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses import grants, hooks
from courses.access import Reason
from courses.models import CoursePage
from courses.outline import Outline

# why somebody is not inside yet: what a closed course cannot mend
ENTRANCE = (Reason.SIGN_IN, Reason.ENROL, Reason.SUBSCRIBE, Reason.CLOSED)


@dataclass(frozen=True)
class Button:
    """post: the button changes something, so it is a form; otherwise a link."""

    label: str
    url: str
    post: bool = False
    note: str = ""


def button_for(request: HttpRequest, outline: Outline) -> Button | None:
    """None when there is nothing to do here (a paid course while nothing is for sale)."""
    reason = outline.entry.reason
    if reason == Reason.SUBSCRIBE or (
        reason == Reason.SIGN_IN and not outline.facts.free
    ):
        return offer(request, outline.course)
    if reason == Reason.SIGN_IN:
        return Button(
            _("Start for free"),
            sign_up_url(outline.course.get_url(request) or ""),
            note=_("You only need an account. No card."),
        )
    if outline.facts.enrolled_at is None:
        return Button(
            _("Start the course"),
            reverse("courses:enrol", args=[outline.course.translation_key]),
            post=True,
        )
    return _continue(outline)


def sign_up_url(back: str) -> str:
    return f"{reverse('account_signup')}?{urlencode({'next': back})}"


def sign_in_url(back: str) -> str:
    return f"{reverse('account_login')}?{urlencode({'next': back})}"


def offer(request: HttpRequest, course: CoursePage) -> Button | None:
    """What is on sale for the course; None when nothing is."""
    found = hooks.offer_for(request, course)
    return Button(found.label, found.url, note=found.price) if found else None


def access_ended(
    request: HttpRequest, outline: Outline, tier: str = ""
) -> datetime | None:
    """When the access ended of a student who had some. A query for those in the course."""
    if not isinstance(request.user, User) or outline.facts.enrolled_at is None:
        return None
    key, wanted = str(outline.course.translation_key), tier or outline.course.tier
    moment = grants.ended(request.user, course_key=key, tier=wanted)
    return moment.astimezone(outline.facts.zone) if moment else None


def _continue(outline: Outline) -> Button | None:
    following = outline.next
    if following is None:
        first = next(iter(outline.lessons), None)
        return Button(_("Review the course"), first.url) if first else None
    label = _("Continue") if outline.rows else _("Start the first lesson")
    return Button(label, following.url, note=following.page.title)
