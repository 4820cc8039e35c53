"""The only place that decides who may read a lesson.

Page, preview, JSON, media, search, sitemap and the admin's explainer all ask decide().
Each rule it weighs becomes a Step; the decision is read off the steps, so what the
explainer shows is what happened.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses import admission, drip, grants
from courses import facts as facts_module
from courses.facts import Facts, Person
from courses.models import AccessGrant, LessonPage, ModulePage


class Reason(StrEnum):
    STAFF = "staff"
    PREVIEW = "preview"
    FREE = "free"
    GRANT = "grant"
    UNPUBLISHED = "unpublished"
    SIGN_IN = "sign-in"
    ENROL = "enrol"
    SUBSCRIBE = "subscribe"
    CLOSED = "closed"
    NOT_YET = "not-yet"
    AFTER = "after"
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
    Reason.AFTER: Cta.GO_BACK,
    Reason.IN_ORDER: Cta.GO_BACK,
}


class Rule(StrEnum):
    """What is weighed, in this order."""

    STAFF = "staff"
    PUBLISHED = "published"
    SAMPLE = "sample"
    SIGNED_IN = "signed-in"
    ADMISSION = "admission"
    PLACE = "place"
    GRANT = "grant"
    TIER = "tier"
    OVERRIDE = "override"
    DATE = "date"
    DAYS = "days"
    AFTER = "after"
    ORDER = "order"


class Outcome(StrEnum):
    """OPENS settles it, PASSES goes on to the next rule, BLOCKS keeps it closed."""

    OPENS = "opens"
    PASSES = "passes"
    BLOCKS = "blocks"


@dataclass(frozen=True)
class Step:
    """One rule that was weighed. detail: what it looked at; courses.explain words it.

    Keys of detail, where the rule has them: opens (moment, in the student's time zone),
    days, key, title, missing (lessons not done), module (title of the module whose
    condition it is), grant, enrolled_at, free, tier, held (whether any plan is held),
    state (of the course).
    """

    rule: Rule
    outcome: Outcome
    detail: Mapping[str, Any] = field(default_factory=dict)


OPENING = {
    Rule.STAFF: Reason.STAFF,
    Rule.SAMPLE: Reason.PREVIEW,
    Rule.PLACE: Reason.FREE,
    Rule.GRANT: Reason.GRANT,
}
BLOCKING = {
    Rule.PUBLISHED: Reason.UNPUBLISHED,
    Rule.SIGNED_IN: Reason.SIGN_IN,
    Rule.ADMISSION: Reason.CLOSED,
    Rule.PLACE: Reason.ENROL,
    Rule.GRANT: Reason.SUBSCRIBE,
    Rule.TIER: Reason.SUBSCRIBE,
    Rule.OVERRIDE: Reason.NOT_YET,
    Rule.DATE: Reason.NOT_YET,
    Rule.DAYS: Reason.NOT_YET,
    Rule.AFTER: Reason.AFTER,
    Rule.ORDER: Reason.IN_ORDER,
}


@dataclass(frozen=True)
class Decision:
    """The answer, with its reason. trail: each rule that was weighed, for the explainer.

    unlock_at: in the student's time zone; None when it does not depend on a date alone.
    """

    allowed: bool
    reason: Reason
    unlock_at: datetime | None = None
    cta: Cta = Cta.NONE
    trail: tuple[Step, ...] = ()

    @property
    def blocks(self) -> list[Step]:
        return [step for step in self.trail if step.outcome == Outcome.BLOCKS]

    @property
    def waits_for(self) -> uuid.UUID | None:
        """Key of the lesson or module that must be done first."""
        return next(
            (s.detail["key"] for s in self.blocks if s.rule == Rule.AFTER), None
        )

    @property
    def asks_for_plan(self) -> bool:
        """Whether somebody has to pay for it, signed in or not."""
        paid = any(step.detail.get("free") is False for step in self.blocks)
        return paid or self.reason == Reason.SUBSCRIBE

    @property
    def message(self) -> str:
        """Why it is closed, in plain sentences in the reader's language; "" when open."""
        if self.allowed:
            return ""
        if self.reason in (Reason.NOT_YET, Reason.AFTER, Reason.IN_ORDER):
            return " ".join(dict.fromkeys(self._timing_sentences()))
        if self.reason == Reason.SIGN_IN and self.asks_for_plan:
            return _("This lesson is part of a subscription. Sign in if you have one.")
        return {
            Reason.SIGN_IN: _("Sign in or create an account to read this lesson."),
            Reason.ENROL: _("Join the course to read this lesson. It is free."),
            Reason.SUBSCRIBE: self._subscribe_sentence(),
            Reason.CLOSED: self._closed_sentence(),
        }.get(self.reason, _("This lesson is not available."))

    @property
    def when(self) -> str:
        """A few words for a list of lessons: when or after what it opens; "" otherwise."""
        for step in self.blocks:
            if self.unlock_at:
                day = date_format(self.unlock_at, "SHORT_DATETIME_FORMAT")
                return _("Opens %(day)s") % {"day": day}
            if step.rule == Rule.DAYS:
                return ngettext(
                    "Opens %(days)s day after the start",
                    "Opens %(days)s days after the start",
                    step.detail["days"],
                ) % {"days": step.detail["days"]}
            if step.rule == Rule.AFTER:
                return _("After “%(title)s”") % {"title": step.detail["title"]}
            if step.rule == Rule.ORDER:
                return _("After the lessons before it")
            if step.rule == Rule.TIER:
                return _("In another plan") if step.detail["held"] else _("In a plan")
        return ""

    def as_json(self) -> dict[str, Any]:
        """For JSON answers. unlock_at: ISO 8601 with the student's offset, or null."""
        return {
            "allowed": self.allowed,
            "reason": self.reason.value,
            "message": self.message,
            "when": self.when,
            "unlock_at": self.unlock_at.isoformat() if self.unlock_at else None,
            "cta": self.cta.value,
        }

    def _subscribe_sentence(self) -> str:
        if any(step.detail.get("held") for step in self.blocks):
            return _("This lesson is part of another subscription.")
        return _("This lesson is part of a subscription. With one you can read it now.")

    def _closed_sentence(self) -> str:
        found = [step.detail["state"] for step in self.blocks if "state" in step.detail]
        return admission.sentence(found[0]) if found else ""

    def _timing_sentences(self) -> Iterator[str]:
        if self.unlock_at:
            day = date_format(self.unlock_at, "DATETIME_FORMAT")
            yield _("This lesson opens on %(day)s.") % {"day": day}
        for step in self.blocks:
            if step.rule == Rule.AFTER:
                title = {"title": step.detail["title"]}
                yield _("Finish “%(title)s” first.") % title
            elif step.rule == Rule.ORDER:
                yield _("Finish the lessons before this one first.")
            elif "opens" not in step.detail:
                yield _("This lesson opens some days after you start the course.")


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
    return _decision(tuple(_weigh(lesson, moment, facts)))


def decide_course(facts: Facts) -> Decision:
    """Whether this person may start the course: the same rule without a lesson."""
    return _decision(tuple(_entry(facts)))


def _decision(trail: tuple[Step, ...]) -> Decision:
    blocks = [step for step in trail if step.outcome == Outcome.BLOCKS]
    if not blocks:
        opening = next(s for s in reversed(trail) if s.outcome == Outcome.OPENS)
        return Decision(True, OPENING[opening.rule], trail=trail)
    reason = BLOCKING[blocks[0].rule]
    dates = [step for step in blocks if BLOCKING[step.rule] == Reason.NOT_YET]
    known = [step.detail["opens"] for step in dates if "opens" in step.detail]
    return Decision(
        allowed=False,
        reason=reason,
        unlock_at=max(known) if known and len(known) == len(dates) else None,
        cta=CTA_OF.get(reason, Cta.NONE),
        trail=trail,
    )


def _weigh(lesson: LessonPage, moment: datetime, facts: Facts) -> Iterator[Step]:
    if facts.may_edit:
        yield Step(Rule.STAFF, Outcome.OPENS)
        return
    if not (lesson.live and facts.course_live):
        yield Step(Rule.PUBLISHED, Outcome.BLOCKS)
        return
    yield Step(Rule.PUBLISHED, Outcome.PASSES)
    if lesson.preview:
        yield Step(Rule.SAMPLE, Outcome.OPENS)
        return
    entry = tuple(_entry(facts, lesson.tier))
    yield from entry
    if entry[-1].outcome == Outcome.BLOCKS:
        return
    if lesson.tier:
        yield _tier(lesson, facts)
    yield from _timing(lesson, moment, facts)


def _tier(lesson: LessonPage, facts: Facts) -> Step:
    """A lesson may ask for more than its course does."""
    key, tier = str(facts.course_key), lesson.tier
    covered = any(grants.covers(one, course_key=key, tier=tier) for one in facts.held)
    outcome = Outcome.PASSES if covered else Outcome.BLOCKS
    return Step(Rule.TIER, outcome, {"tier": tier, "held": bool(facts.held)})


def _entry(facts: Facts, tier: str = "") -> Iterator[Step]:
    """Free courses ask for a place, the others for a grant. tier: the lesson's own."""
    if not facts.signed_in:
        free = facts.free and not tier
        yield Step(Rule.SIGNED_IN, Outcome.BLOCKS, {"free": free})
        return
    yield Step(Rule.SIGNED_IN, Outcome.PASSES)
    if facts.state in admission.SHUT:
        outcome = Outcome.PASSES if _inside(facts) else Outcome.BLOCKS
        yield Step(Rule.ADMISSION, outcome, {"state": facts.state})
        if outcome == Outcome.BLOCKS:
            return
    if facts.free:
        outcome = Outcome.OPENS if facts.enrolled_at else Outcome.BLOCKS
        yield Step(Rule.PLACE, outcome, {"enrolled_at": facts.enrolled_at})
        return
    for found in facts.grants:
        yield Step(Rule.GRANT, Outcome.OPENS, {"grant": found})
    if not facts.grants:
        yield Step(Rule.GRANT, Outcome.BLOCKS)


def _inside(facts: Facts) -> bool:
    """A place in the course, or access to this very course; a plan for many is neither."""
    own = AccessGrant.Scope.COURSE
    return bool(facts.enrolled_at) or any(one.scope == own for one in facts.grants)


def _timing(lesson: LessonPage, moment: datetime, facts: Facts) -> Iterator[Step]:
    """Conditions that keep an open course's lesson closed for now; all must hold."""
    given = facts.overrides.get(lesson.key)
    if given is not None:
        yield _from(Rule.OVERRIDE, given, moment, facts)
        return
    for page in facts.rules.conditions(lesson):
        for step in _conditions(page, moment, facts):
            module = {"module": page.title} if isinstance(page, ModulePage) else {}
            yield Step(step.rule, step.outcome, {**step.detail, **module})
    if facts.order:
        missing = _missing_before(lesson.key, facts)
        outcome = Outcome.BLOCKS if missing else Outcome.PASSES
        yield Step(Rule.ORDER, outcome, {"missing": missing})


def _conditions(
    page: LessonPage | ModulePage, moment: datetime, facts: Facts
) -> Iterator[Step]:
    if page.unlock_on:
        yield _from(Rule.DATE, page.unlock_on, moment, facts)
    if page.unlock_after_days:
        days = page.unlock_after_days
        if facts.enrolled_at is None:
            yield Step(Rule.DAYS, Outcome.BLOCKS, {"days": days})
        else:
            opens = drip.days_after(facts.enrolled_at, days, facts.zone)
            yield _from(Rule.DAYS, opens, moment, facts, days=days)
    if page.unlock_after:
        yield _after(page.unlock_after, facts)


def _from(
    rule: Rule, opens: datetime, moment: datetime, facts: Facts, **detail: Any
) -> Step:
    outcome = Outcome.BLOCKS if opens > moment else Outcome.PASSES
    return Step(rule, outcome, {"opens": opens.astimezone(facts.zone), **detail})


def _after(key: uuid.UUID, facts: Facts) -> Step:
    """What is not published any more blocks nobody; its detail has no title then."""
    if key not in facts.rules.parts:
        return Step(Rule.AFTER, Outcome.PASSES, {"key": key})
    missing = sum(one not in facts.done for one in facts.rules.parts[key])
    return Step(
        Rule.AFTER,
        Outcome.BLOCKS if missing else Outcome.PASSES,
        {"key": key, "title": facts.rules.titles[key], "missing": missing},
    )


def _missing_before(key: uuid.UUID, facts: Facts) -> int:
    """How many required lessons before this one wait; 0 when order does not matter."""
    before = takewhile(lambda one: one[0] != key, facts.order)
    return sum(required and one not in facts.done for one, required in before)
