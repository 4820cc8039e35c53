"""Why a student can or cannot open a lesson: each rule that was weighed, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses import grants, places
from courses.access import Decision, Outcome, Rule, Step, decide
from courses.facts import zone_of
from courses.models import AccessGrant, DripOverride, Enrolment, Item, LessonPage


@dataclass(frozen=True)
class Row:
    """A rule in words. outcome: opens, passes or blocks."""

    name: str
    outcome: str
    outcome_name: str
    text: str


@dataclass(frozen=True)
class GrantRow:
    """One of the student's grants, valid or not at the moment asked about."""

    grant: AccessGrant
    opens: str
    source: str
    valid: bool
    valid_from: str
    until: str


@dataclass(frozen=True)
class Explanation:
    """conclusions: one sentence by language code. moments are in the student's zone."""

    student: User
    item: Item
    moment: str
    zone: str
    decision: Decision
    conclusions: dict[str, str]
    rows: list[Row]
    grants: list[GrantRow]
    enrolments: list[dict[str, str]]
    override: DripOverride | None
    override_opens: str


def lesson_of(item: Item) -> LessonPage | None:
    """A page of the lesson: published ones first, originals before aliases."""
    found = list(places.pages_of(item.key).select_related("alias_of").order_by("path"))
    found.sort(key=lambda page: (not page.live, bool(page.alias_of_id)))
    return found[0] if found else None


def explain(
    student: User, lesson: LessonPage, item: Item, now: datetime | None = None
) -> Explanation:
    """Ask the access rule about this moment and put its answer into words."""
    moment = now or current_time()
    zone = zone_of(student)
    decision = decide(student, lesson, moment)
    override = DripOverride.objects.filter(user=student, item=item).first()
    return Explanation(
        student=student,
        item=item,
        moment=_moment(moment, zone),
        zone=str(zone),
        decision=decision,
        conclusions=conclusions(student, item, decision),
        rows=[row(step, zone) for step in decision.trail],
        grants=[_grant(one, moment, zone) for one in student.access_grants.all()],
        enrolments=_enrolments(student, item, zone),
        override=override,
        override_opens=_moment(override.opens_at, zone) if override else "",
    )


def conclusions(student: User, item: Item, decision: Decision) -> dict[str, str]:
    """The final decision as one sentence, in every language of the site."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            who = {"student": str(student), "lesson": item.title}
            found[code] = (
                _("%(student)s can open “%(lesson)s”.") % who
                if decision.allowed
                else _("%(student)s cannot open “%(lesson)s”: %(why)s")
                % {**who, "why": decision.message}
            )
    return found


def row(step: Step, zone: tzinfo) -> Row:
    names = {
        Outcome.OPENS: _("Opens"),
        Outcome.PASSES: _("Passes"),
        Outcome.BLOCKS: _("Locks"),
    }
    text = WORDS[step.rule](step, zone)
    if "module" in step.detail:
        text = _("%(text)s (condition of the module “%(module)s”)") % {
            "text": text,
            "module": step.detail["module"],
        }
    return Row(_names()[step.rule], step.outcome.value, names[step.outcome], text)


def _names() -> dict[Rule, str]:
    return {
        Rule.STAFF: _("Works on the course"),
        Rule.PUBLISHED: _("Published"),
        Rule.SAMPLE: _("Sample lesson"),
        Rule.SIGNED_IN: _("Signed in"),
        Rule.ADMISSION: _("Takes new students"),
        Rule.PLACE: _("Enrolment"),
        Rule.GRANT: _("Access"),
        Rule.TIER: _("Tier of the lesson"),
        Rule.OVERRIDE: _("Opening for this student"),
        Rule.DATE: _("Fixed date"),
        Rule.DAYS: _("Days after the start"),
        Rule.AFTER: _("After another lesson"),
        Rule.ORDER: _("Lessons in order"),
    }


def _published(step: Step, zone: tzinfo) -> str:
    if step.outcome == Outcome.BLOCKS:
        return _("The lesson, its module or its course is not published.")
    return _("The lesson and everything above it are published.")


def _admission(step: Step, zone: tzinfo) -> str:
    if step.outcome == Outcome.BLOCKS:
        return _(
            "The course is closed to new students, and the student has no place in it. "
            "A plan does not open it."
        )
    return _("The course is closed to new students, but the student was inside.")


def _place(step: Step, zone: tzinfo) -> str:
    started = step.detail.get("enrolled_at")
    if started is None:
        return _("The course is free, but the student has no place in it.")
    return _("The course is free; enrolled on %(day)s.") % {
        "day": _moment(started, zone)
    }


def _access(step: Step, zone: tzinfo) -> str:
    found = step.detail.get("grant")
    if found is None:
        return _("No grant that is valid at this moment opens this course.")
    source = _source(found)
    if found.valid_until is None:
        return _("%(source)s, without end.") % {"source": source}
    until = _moment(found.valid_until, zone)
    return _("%(source)s, until %(day)s.") % {"source": source, "day": until}


def _tier(step: Step, zone: tzinfo) -> str:
    tier = {"tier": step.detail["tier"]}
    if step.outcome == Outcome.PASSES:
        return _("A grant opens the tier %(tier)s.") % tier
    return _("No grant opens the tier %(tier)s, which this lesson asks for.") % tier


def _opens(step: Step, zone: tzinfo) -> str:
    if "opens" not in step.detail:
        return _("The student has not started the course.")
    return _("Opens on %(day)s.") % {"day": _moment(step.detail["opens"], zone)}


def _days(step: Step, zone: tzinfo) -> str:
    days = step.detail["days"]
    rule = ngettext("%(days)s day.", "%(days)s days.", days) % {"days": days}
    return f"{rule} {_opens(step, zone)}"


def _after(step: Step, zone: tzinfo) -> str:
    if "title" not in step.detail:
        return _("What it waited for is not published any more, so it blocks nobody.")
    title = {"title": step.detail["title"]}
    if step.outcome == Outcome.BLOCKS:
        return _("“%(title)s” is not done.") % title
    return _("“%(title)s” is done.") % title


def _order(step: Step, zone: tzinfo) -> str:
    missing = step.detail["missing"]
    if not missing:
        return _("All required lessons before it are done.")
    return ngettext(
        "%(missing)s required lesson before it is not done.",
        "%(missing)s required lessons before it are not done.",
        missing,
    ) % {"missing": missing}


def _signed_in(step: Step, zone: tzinfo) -> str:
    yes = step.outcome == Outcome.PASSES
    return _("Has an account.") if yes else _("Not signed in.")


WORDS: dict[Rule, Callable[[Step, tzinfo], str]] = {
    Rule.STAFF: lambda step, zone: _("May edit the course, so everything is open."),
    Rule.PUBLISHED: _published,
    Rule.SAMPLE: lambda step, zone: _("Everybody can read this lesson."),
    Rule.SIGNED_IN: _signed_in,
    Rule.ADMISSION: _admission,
    Rule.PLACE: _place,
    Rule.GRANT: _access,
    Rule.TIER: _tier,
    Rule.OVERRIDE: _opens,
    Rule.DATE: _opens,
    Rule.DAYS: _days,
    Rule.AFTER: _after,
    Rule.ORDER: _order,
}


def _source(found: AccessGrant) -> str:
    return f"{found.get_source_kind_display()} {found.source_ref}".strip()


def _grant(found: AccessGrant, moment: datetime, zone: tzinfo) -> GrantRow:
    ends = [one for one in (found.valid_until, found.revoked_at) if one]
    until = min(ends) if ends else None
    return GrantRow(
        grant=found,
        opens=grants.describe(found),
        source=_source(found),
        valid=found.valid_from <= moment and (until is None or moment < until),
        valid_from=_moment(found.valid_from, zone),
        until=_moment(until, zone) if until else _("without end"),
    )


def _enrolments(student: User, item: Item, zone: tzinfo) -> list[dict[str, Any]]:
    rows = Enrolment.objects.filter(user=student, course=item.course_id)
    return [
        {
            "source": one.get_source_display(),
            "started": _moment(one.started_at, zone),
            "ended": _moment(one.ended_at, zone) if one.ended_at else "",
            "reason": one.reason,
        }
        for one in rows
    ]


def _moment(moment: datetime, zone: tzinfo) -> str:
    return date_format(moment.astimezone(zone), "DATETIME_FORMAT")
