"""The only place that decides who may read a lesson.

Page, preview, JSON, media, search, sitemap and the admin's explainer all ask decide().
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _

from courses import facts as facts_module
from courses.facts import Facts, Person
from courses.models import LessonPage


class Reason(StrEnum):
    STAFF = "staff"
    PREVIEW = "preview"
    FREE = "free"
    GRANT = "grant"
    UNPUBLISHED = "unpublished"
    SIGN_IN = "sign-in"
    ENROL = "enrol"
    SUBSCRIBE = "subscribe"
    NOT_YET = "not-yet"
    IN_ORDER = "in-order"


class Cta(StrEnum):
    """What the person can do about it."""

    NONE = ""
    SIGN_UP = "sign-up"
    ENROL = "enrol"
    SUBSCRIBE = "subscribe"
    GO_BACK = "go-back"


CTA_OF = {
    Reason.SIGN_IN: Cta.SIGN_UP,
    Reason.ENROL: Cta.ENROL,
    Reason.SUBSCRIBE: Cta.SUBSCRIBE,
    Reason.IN_ORDER: Cta.GO_BACK,
}


@dataclass(frozen=True)
class Decision:
    """The answer, with its reason. trail: each step that was weighed, for the explainer."""

    allowed: bool
    reason: Reason
    unlock_at: datetime | None = None
    cta: Cta = Cta.NONE
    trail: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One plain sentence in the reader's language; empty when allowed."""
        if self.allowed:
            return ""
        if self.reason == Reason.NOT_YET and self.unlock_at:
            day = date_format(localtime(self.unlock_at), "DATETIME_FORMAT")
            return _("This lesson opens on %(day)s.") % {"day": day}
        return {
            Reason.SIGN_IN: _("Sign in or create an account to read this lesson."),
            Reason.ENROL: _("Join the course to read this lesson. It is free."),
            Reason.SUBSCRIBE: _("This lesson is part of a subscription."),
            Reason.NOT_YET: _(
                "This lesson opens some days after you start the course."
            ),
            Reason.IN_ORDER: _("Finish the lessons before this one first."),
        }.get(self.reason, _("This lesson is not available."))


def decide(
    user: Person,
    lesson: LessonPage,
    now: datetime | None = None,
    *,
    facts: Facts | None = None,
) -> Decision:
    """Whether this person may read this lesson at this moment, and why.

    Without facts they are read (one query); a list of lessons reads them once.
    """
    moment = now or current_time()
    if facts is None:
        facts = facts_module.around(user, lesson, moment)
    trail: list[str] = []
    decision = _decide(lesson, moment, facts, trail)
    return Decision(
        allowed=decision.allowed,
        reason=decision.reason,
        unlock_at=decision.unlock_at,
        cta=CTA_OF.get(decision.reason, Cta.NONE),
        trail=(
            *trail,
            f"{'open' if decision.allowed else 'locked'}: {decision.reason}",
        ),
    )


def decide_course(facts: Facts) -> Decision:
    """Whether this person may start the course: the same rule without a lesson."""
    return _entry(facts, [])


def _decide(
    lesson: LessonPage, moment: datetime, facts: Facts, trail: list[str]
) -> Decision:
    if facts.may_edit:
        trail.append("may edit the course in the administration")
        return Decision(True, Reason.STAFF)
    if not (lesson.live and facts.course_live):
        trail.append("the lesson, its module or its course is not published")
        return Decision(False, Reason.UNPUBLISHED)
    if lesson.preview:
        trail.append("open to visitors")
        return Decision(True, Reason.PREVIEW)
    entry = _entry(facts, trail)
    if not entry.allowed:
        return entry
    return _timing(lesson, moment, facts, trail) or entry


def _entry(facts: Facts, trail: list[str]) -> Decision:
    """Free courses ask for a place, the others for a grant."""
    if not facts.signed_in:
        trail.append("not signed in")
        return Decision(False, Reason.SIGN_IN, cta=Cta.SIGN_UP)
    if facts.free:
        trail.append(f"free course, enrolled: {facts.enrolled_at or 'no'}")
        if facts.enrolled_at:
            return Decision(True, Reason.FREE)
        return Decision(False, Reason.ENROL, cta=Cta.ENROL)
    for found in facts.grants:
        source = f"{found.source_kind} {found.source_ref}".strip()
        trail.append(f"grant {source} until {found.valid_until or 'no end'}")
    if facts.grants:
        return Decision(True, Reason.GRANT)
    trail.append("no valid grant opens this course")
    return Decision(False, Reason.SUBSCRIBE, cta=Cta.SUBSCRIBE)


def _timing(
    lesson: LessonPage, moment: datetime, facts: Facts, trail: list[str]
) -> Decision | None:
    """Why the lesson waits although the course is open to this person; None if not."""
    opens = lesson.unlock_on
    if lesson.unlock_after_days:
        if facts.enrolled_at is None:
            trail.append("opens some days after the start; not started")
            return Decision(False, Reason.NOT_YET)
        after = facts.enrolled_at + timedelta(days=lesson.unlock_after_days)
        opens = max(opens, after) if opens else after
    if opens and opens > moment:
        trail.append(f"opens {opens.isoformat()}")
        return Decision(False, Reason.NOT_YET, unlock_at=opens)
    missing = _missing_before(lesson.key, facts)
    if missing:
        trail.append(f"{missing} required lessons before it are not done")
        return Decision(False, Reason.IN_ORDER)
    return None


def _missing_before(key: uuid.UUID, facts: Facts) -> int:
    """How many required lessons before this one wait; 0 when order does not matter."""
    before = facts.required
    if key in before:
        before = before[: before.index(key)]
    return sum(one not in facts.done for one in before)
