"""Kinds of students an editor can preview a course as: made up in memory, never stored."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.timezone import now as current_time
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses import standing
from courses.facts import Person
from courses.models import AccessGrant, CoursePage, ItemProgress, LessonPage, ModulePage
from courses.places import STEP
from courses.standing import Progress, Standing
from courses.structure import Structure


@dataclass(frozen=True)
class Persona:
    """days: since they started the course, None for those who did not.

    grant: they have access to everything now. finished: every lesson is done.
    """

    code: str
    label: str | Promise
    signed_in: bool = True
    days: int | None = None
    grant: bool = False
    finished: bool = False


PERSONAS = (
    Persona("visitor", _("Visitor"), signed_in=False),
    Persona("free", _("Free account"), days=0),
    Persona("subscriber-0", _("Subscriber, first day"), days=0, grant=True),
    Persona("subscriber-7", _("Subscriber, day 7"), days=7, grant=True),
    Persona("subscriber-30", _("Subscriber, day 30"), days=30, grant=True),
    Persona("lapsed", _("Former subscriber"), days=60),
    Persona("finished", _("Finished the course"), days=90, grant=True, finished=True),
)
MODES: list[tuple[str, Any]] = [
    ("", _("Author: everything open")),
    *((one.code, one.label) for one in PERSONAS),
]


def named(code: str) -> Persona | None:
    return next((one for one in PERSONAS if one.code == code), None)


def person(persona: Persona, author: Person) -> Person:
    """Somebody without a row, in the author's time zone."""
    if not persona.signed_in:
        return AnonymousUser()
    zone = author.timezone if isinstance(author, User) else User().timezone
    return User(name=str(persona.label), timezone=zone)


def standing_of(
    persona: Persona,
    course: CoursePage,
    lesson: LessonPage | None = None,
    now: datetime | None = None,
) -> Standing:
    """Where the persona stands in this course. One query, and no row is written.

    lesson: a draft that takes the place of its published page.
    """
    moment = now or current_time()
    tree = standing.of_visitor(course.path, course=course).structure
    if lesson is not None:
        tree = with_draft(tree, lesson)
    started = None if persona.days is None else moment - timedelta(days=persona.days)
    grant = AccessGrant(
        scope=AccessGrant.Scope.ALL,
        source_kind=AccessGrant.SourceKind.SUBSCRIPTION,
        valid_from=started or moment,
    )
    return Standing(
        structure=tree,
        enrolled_at=started,
        completed_at=moment if persona.finished else None,
        grants=(grant,) if persona.grant else (),
        rows=_all_done(tree, moment) if persona.finished else {},
    )


def with_draft(tree: Structure, lesson: LessonPage) -> Structure:
    """The course as if this draft, and its module, were published."""
    lesson.live = True
    others = [one for one in tree.lessons if one.pk != lesson.pk]
    path = lesson.path[:-STEP]
    modules = list(tree.modules)
    if all(module.path != path for module in modules):
        modules += ModulePage.objects.filter(path=path)
    return replace(
        tree,
        modules=tuple(sorted(modules, key=_path)),
        lessons=tuple(sorted([*others, lesson], key=_path)),
    )


def _path(page: Any) -> str:
    return str(page.path)


def _all_done(tree: Structure, moment: datetime) -> dict[Any, Progress]:
    done, rule = ItemProgress.State.DONE, ItemProgress.Rule.MANUAL
    return {
        key: Progress(key, str(done), moment, moment, str(rule), 0) for key in tree.keys
    }
