"""Two more courses and five more people in a demo school: every state a student can be in.

Runs inside the school: `manage.py shell -c "from config.tests.students import load; load()"`.
Prints one line of JSON: the addresses that only the database knows.
"""

import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from accounts.demo import PASSWORD
from accounts.mail_preferences import SALT
from accounts.models import User
from courses import (
    certificates,
    demo,
    discussion,
    enrolment,
    grants,
    mails,
    progress,
    quiz,
)
from courses.course_folder import read
from courses.models import (
    Bookmark,
    Certificate,
    Course,
    CourseCompletion,
    CoursePage,
    ItemProgress,
    LessonPage,
    Note,
)
from courses.places import available

HERE = Path(__file__).parent / "shown"
CHART, WEEK = "reading-a-chart", "one-week"
ANA = "ana@example.com"
# new: nothing yet. taking: in a course that opens bit by bit. finished: has certificates.
# lapsed: had a plan. mixed: writes in English
NEW, TAKING, FINISHED, LAPSED = (
    "nina@example.com",
    "dora@example.com",
    "fina@example.com",
    "leo@example.com",
)
NAMES = {
    NEW: "Nina Nuño",
    TAKING: "Dora Díaz",
    FINISHED: "Fina Font",
    LAPSED: "Leo Lara",
}


def load() -> None:
    """Once for each school; prints the addresses by name and language."""
    if not User.objects.filter(email=NEW).exists():
        people = {email: person(email, name) for email, name in NAMES.items()}
        for code in (CHART, WEEK):
            _course(code)
        _taking(people[TAKING])
        _finished(people[FINISHED])
        _lapsed(people[LAPSED])
    sys.stdout.write(json.dumps(_addresses()) + "\n")


def person(email: str, name: str) -> User:
    user = User.objects.create_user(
        email=email, password=PASSWORD, name=name, language="en"
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _course(code: str) -> None:
    """The folder beside this file, with the demo course's media."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(HERE / code, Path(place) / code))
        shutil.copytree(demo.FOLDER / demo.FREE / "media", folder / "media")
        parents = {
            language: page
            for language in demo.CATALOGUES
            if (page := demo.catalogue(language))
        }
        demo.load_folder(read(folder), parents, lambda _line: None)


def _row(code: str) -> Course:
    found: Course = Course.objects.get(code=code)
    return found


def _lessons(code: str, language: str = "en") -> list[LessonPage]:
    page = CoursePage.objects.get(
        translation_key=_row(code).key, locale__language_code=language
    )
    return [LessonPage.objects.get(pk=one.pk) for one in available([page])]


def _taking(user: User) -> None:
    """Half of a course, a quiz not passed, notes, a discussion."""
    enrolment.enrol(user, _row(CHART))
    everything, _video, test = _lessons(CHART)[:3]
    progress.complete_lesson(user, everything)
    wrong = {"q1": ["b"], "q2": ["b"], "q3": ["3"], "q4": ["trend"]}
    quiz.submit(user, test, "shown-quiz", wrong)
    _marks(user, everything)
    _talk(user, everything)


def _marks(user: User, lesson: LessonPage) -> None:
    item = lesson.key
    Note.objects.create(
        user=user, item_id=item, text="Weekly chart first, then the day.\nThen wait."
    )
    Note.objects.create(
        user=user, item_id=item, block_id="shown-file", second=12,
        quote="1R in 28 seconds", text="Why does it turn here?",
    )  # fmt: skip
    Bookmark.objects.create(
        user=user, item_id=item, block_id="shown-formula", quote="E: expectancy"
    )


def _talk(user: User, lesson: LessonPage) -> None:
    """A question, an answer of the team, a hidden message and one that was taken back."""
    ana = User.objects.get(email=ANA)
    olga = User.objects.get(email="olga@example.com")
    first = discussion.write(user, lesson, "Does this work on a five-minute chart too?")
    discussion.write(
        olga,
        lesson,
        "It does, but costs weigh more.\n\nSee https://example.org/costs",
        first,
    )
    bad = discussion.write(ana, lesson, "Buy my signals", first)
    discussion.hide(bad, "No advertising here", olga)
    gone = discussion.write(ana, lesson, "Never mind")
    discussion.write(user, lesson, "I had the same question.", gone)
    discussion.take_back(gone)


def _finished(user: User) -> None:
    """Two certificates, one replaced; a course that grew afterwards."""
    for code in (demo.FREE, WEEK):
        enrolment.enrol(user, _row(code))
        for lesson in _lessons(code):
            demo._finish(user, lesson)
    found = Certificate.objects.get(user=user, course=_row(WEEK))
    certificates.reissue(found, "Josefina Font", actor="demo")
    CourseCompletion.objects.filter(user=user, course=_row(WEEK)).update(
        completed_at=now() - timedelta(days=1)
    )
    _as_published_before(WEEK)
    ItemProgress.objects.filter(user=user, item=_lessons(WEEK)[-1].key).delete()
    for days, row in enumerate(ItemProgress.objects.filter(user=user)[:2]):
        moment = now() - timedelta(days=days)
        ItemProgress.objects.filter(pk=row.pk).update(last_opened=moment)


def _as_published_before(code: str) -> None:
    """All but the last lesson of the course were there before anybody finished it."""
    for language in demo.CATALOGUES:
        for lesson in _lessons(code, language)[:-1]:
            LessonPage.objects.filter(pk=lesson.pk).update(
                first_published_at=now() - timedelta(days=30)
            )


def _lapsed(user: User) -> None:
    """A plan that ended yesterday, and a certificate that was withdrawn."""
    then = now() - timedelta(days=40)
    grants.grant(
        user, scope=grants.Scope.ALL, source_kind=grants.SourceKind.GIFT,
        valid_from=then, valid_until=now() - timedelta(days=1),
    )  # fmt: skip
    enrolment.enrol(user, _row(demo.PAID))
    progress.complete_lesson(user, _lessons(demo.PAID)[0], rule=progress.Rule.STAFF)
    enrolment.enrol(user, _row(WEEK))
    for lesson in _lessons(WEEK):
        progress.complete_lesson(user, lesson)
    found = Certificate.objects.get(user=user, course=_row(WEEK))
    certificates.revoke(found, "It bears the name of somebody else", actor="demo")


def _addresses() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language in demo.CATALOGUES:
        with translation.override(language):
            found[language] = {**_pages(language), **_views(language)}
    return found


def _pages(language: str) -> dict[str, str]:
    rows = {}
    for code in (CHART, WEEK):
        lessons = _lessons(code, language)
        rows[code] = str(lessons[0].place.course.url)
        for number, lesson in enumerate(lessons, 1):
            rows[f"{code}-{number}"] = str(lesson.url)
    return rows


def _views(language: str) -> dict[str, str]:
    found: dict[str, Any] = {
        "valid": Certificate.objects.valid()
        .filter(user__email=FINISHED)
        .latest("number"),
        "replaced": Certificate.objects.get(superseded_at__isnull=False),
        "revoked": Certificate.objects.get(revoked_at__isnull=False),
    }
    rows = {
        name: reverse("courses:certificate", args=[one.pk])
        for name, one in found.items()
    }
    lesson = _lessons(CHART, language)[0]
    question = discussion.shown(lesson.key).order_by("pk").first()
    rows["discussion"] = reverse("courses:discussion", args=[lesson.pk])
    rows["notes"] = reverse("courses:lesson-notes", args=[lesson.pk])
    stop = signing.dumps([User.objects.get(email=TAKING).pk, mails.REMINDER], salt=SALT)
    rows["stop"] = reverse("accounts:unsubscribe", args=[stop])
    answer = question.replies.order_by("pk").first()
    for name, one in (("reply", answer), ("edit", question), ("report", answer)):
        rows[name] = reverse(f"courses:discussion-{name}", args=[lesson.pk, one.pk])
    return rows
