"""Every person × every state of a lesson × every way to its text: one table, written by hand.

Rows are built once; each channel compares its own answers with the table, cell by cell.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from wagtail.documents import get_document_model

from accounts.models import User
from courses import enrolment, grants, progress
from courses.access import decide
from courses.models import Course, LessonPage, ModulePage
from courses.tests import make

PERSONS = (
    "visitor", "without", "granted", "lapsed", "other", "finished", "editor", "owner",
)  # fmt: skip

# One letter for each person above. o: reads it, x: sees that it is locked, -: not there.
# First by its address, then by everything that names the lesson (scripts, files).
TABLE = {
    "draft": ("--------", "------oo"),
    "scheduled": ("--------", "------oo"),
    "retired": ("--------", "------oo"),
    "module_off": ("------oo", "------oo"),
    "course_off": ("------oo", "------oo"),
    "sample_off": ("------oo", "------oo"),  # a sample in an unpublished module
    "published": ("xxoxxooo", "xxoxxooo"),
    "sample": ("oooooooo", "oooooooo"),
    "drip": ("xxxxxxoo", "xxxxxxoo"),
    "order": ("xxxxxooo", "xxxxxooo"),
    "after": ("xxxxxooo", "xxxxxooo"),
    "alias": ("xxoxxooo", "xxoxxooo"),
    "translated": ("xxoxxooo", "xxoxxooo"),
}
STATES = tuple(TABLE)
LISTED = ("published", "sample", "drip", "order", "after", "alias")  # English, all live
STATUS = {"o": {200, 302}, "x": {403}, "-": {404}}
pytestmark = pytest.mark.django_db


def expected(person: str, state: str, *, by_address: bool) -> str:
    return TABLE[state][0 if by_address else 1][PERSONS.index(person)]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[SimpleNamespace]:
    """All courses, lessons and persons, taken back after the last cell."""
    from django.test import override_settings

    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))),
        transaction.atomic(),
    ):
        yield build()
        transaction.set_rollback(True)


def body(document: Any) -> list[dict[str, Any]]:
    value = {
        "title": "Film",
        "file": document.pk,
        "provider": "",
        "video_id": "",
        "poster": None,
        "captions": None,
        "transcript": "",
    }
    return [
        {"type": "text", "value": f"<p>{make.SECRET}</p>"},
        {"type": "video", "id": "film", "value": value},
        make.quiz(),
    ]


def build() -> SimpleNamespace:
    found = SimpleNamespace(lessons={}, documents={}, persons={})
    paid = make.course(title="Paid", slug="paid", access="subscribers", lessons=1)
    module = ModulePage.objects.child_of(paid).get()
    for state in (
        "draft",
        "scheduled",
        "retired",
        "published",
        "sample",
        "drip",
        "after",
    ):
        add(found, module, state)
    shut = make.published(paid, ModulePage(title="Shut", slug="shut"))
    add(found, shut, "module_off")
    add(found, shut, "sample_off")
    off = make.course(title="Off", slug="off", access="subscribers", lessons=1)
    add(found, ModulePage.objects.child_of(off).get(), "course_off")
    ordered = make.course(
        title="Ordered",
        slug="ordered",
        access="subscribers",
        lessons=1,
        sequential=True,
    )
    add(found, ModulePage.objects.child_of(ordered).get(), "order")
    set_states(found, paid, shut, off)
    add_copies(found, paid)
    add_persons(found, [paid, ordered])
    return found


def add(found: SimpleNamespace, module: ModulePage, state: str) -> None:
    document = get_document_model().objects.create(
        title=state, file=ContentFile(b"secret bytes", name=f"{state}.mp4")
    )
    lesson = make.lesson(
        module, title=f"Quokka {state}", slug=state, body=body(document)
    )
    found.documents[state], found.lessons[state] = document, lesson


def set_states(found: SimpleNamespace, paid: Any, shut: ModulePage, off: Any) -> None:
    lessons = found.lessons
    never_done = make.lessons_of(paid)[0]
    later = {
        "sample": {"preview": True},
        "sample_off": {"preview": True},
        "drip": {"unlock_on": datetime(2099, 1, 1, tzinfo=UTC)},
        "after": {"unlock_after": never_done.key},
    }
    for state, fields in later.items():
        for name, value in fields.items():
            setattr(lessons[state], name, value)
        lessons[state].save_revision().publish()
    lessons["retired"].unpublish()
    shut.unpublish()
    off.unpublish()
    for state in ("draft", "scheduled"):  # as a page that was never published
        lessons[state].unpublish()
        LessonPage.objects.filter(pk=lessons[state].pk).update(
            first_published_at=None, last_published_at=None
        )
    scheduled = LessonPage.objects.get(pk=lessons["scheduled"].pk)
    scheduled.go_live_at = now() + timedelta(days=3)
    scheduled.save_revision(approved_go_live_at=scheduled.go_live_at).publish()


def add_copies(found: SimpleNamespace, paid: Any) -> None:
    """published in a second module, and in Spanish; both hold the same file."""
    source = LessonPage.objects.get(pk=found.lessons["published"].pk)
    second = make.published(paid, ModulePage(title="Second", slug="second"))
    alias = source.create_alias(parent=second, update_slug="alias")
    LessonPage.objects.filter(pk=alias.pk).update(title="Quokka alias")
    found.lessons["alias"] = alias
    found.lessons["translated"] = make.translated(source)
    found.documents["alias"] = found.documents["published"]
    found.documents["translated"] = found.documents["published"]
    for state, lesson in found.lessons.items():
        found.lessons[state] = LessonPage.objects.get(pk=lesson.pk)


def add_persons(found: SimpleNamespace, courses: list[Any]) -> None:
    for name in PERSONS[1:]:
        found.persons[name] = User.objects.create(
            email=f"{name}@example.com",
            name=name,
            language="en",
            is_superuser=name == "owner",
            is_staff=name == "owner",
        )
    found.persons["visitor"] = AnonymousUser()
    found.persons["editor"].groups.add(Group.objects.get(name="Editors"))
    give = {"scope": "all", "source_kind": "staff"}
    long_ago = now() - timedelta(days=90)
    for name in ("granted", "finished"):
        grants.grant(found.persons[name], **give)
    grants.grant(
        found.persons["lapsed"],
        **give,
        valid_from=long_ago,
        valid_until=now() - timedelta(days=1),
    )
    another = make.course(title="Another", slug="another", access="subscribers")
    grants.grant(
        found.persons["other"],
        scope="course",
        scope_ref=str(another.translation_key),
        source_kind="staff",
    )
    for page in courses:
        course = Course.objects.get(key=page.translation_key)
        for name in ("granted", "lapsed", "finished"):
            enrolment.enrol(found.persons[name], course, source="staff")
        for lesson in LessonPage.objects.descendant_of(page).live():
            if ModulePage.objects.get(path=lesson.path[:-4]).live:
                progress.complete_lesson(
                    found.persons["finished"], lesson, rule="staff"
                )


@pytest.fixture
def browser(world: SimpleNamespace) -> Any:
    cache.clear()

    def made(person: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        if person != "visitor":
            client.force_login(
                world.persons[person],
                backend="django.contrib.auth.backends.ModelBackend",
            )
        return client

    return made


def shown(answer: Any) -> str:
    """What an answer amounts to, in the letters of the table."""
    parts = answer.streaming_content if answer.streaming else [answer.content]
    text = b"".join(parts)
    if answer.status_code == 404:
        return "-"
    if answer.status_code == 403:
        assert make.SECRET.encode() not in text
        return "x"
    if make.SECRET.encode() in text or b"secret bytes" in text:
        return "o"
    return "x"


@pytest.mark.parametrize("person", PERSONS)
def test_the_rule_itself(world, person):
    for state, lesson in world.lessons.items():
        decision = decide(world.persons[person], lesson)
        letter = "o" if decision.allowed else "x"
        if decision.reason == "unpublished":
            letter = "-"
        assert letter == expected(person, state, by_address=False), state


@pytest.mark.parametrize("person", PERSONS)
def test_the_page(world, browser, person):
    client = browser(person)
    for state, lesson in world.lessons.items():
        answer = client.get(lesson.get_url())
        assert shown(answer) == expected(person, state, by_address=True), state
        if state != "sample" and answer.status_code == 200:
            assert "no-store" in answer.headers["Cache-Control"], state


SCRIPTS = {
    "complete": ("complete", (), {}),
    "undo": ("undo", (), {}),
    "quiz": ("quiz", ("quiz-r",), {f"q-{k}": v for k, v in make.RIGHT.items()}),
    "video": (
        "watch",
        ("film",),
        {"position": 3, "duration": 60, "played_from": 0, "played_to": 3, "seq": 1},
    ),
}


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("channel", SCRIPTS)
def test_what_scripts_ask(world, browser, person, channel):
    name, arguments, data = SCRIPTS[channel]
    client = browser(person)
    for state, lesson in world.lessons.items():
        url = reverse(f"courses:{name}", args=[lesson.pk, *arguments])
        answer = client.post(url, data)
        assert make.SECRET.encode() not in answer.content, state
        if person == "visitor":
            assert "/accounts/login/" in answer.headers["Location"], state
            continue
        letter = expected(person, state, by_address=False)
        assert answer.status_code in STATUS[letter], (state, answer.status_code)


@pytest.mark.parametrize("person", PERSONS)
def test_the_lessons_file(world, browser, person):
    client = browser(person)
    for state, lesson in world.lessons.items():
        document = world.documents[state]
        url = reverse("courses:lesson-file", args=[lesson.pk, document.pk])
        answer = shown(client.get(url))
        assert answer == expected(person, state, by_address=False), state


@pytest.mark.parametrize("person", PERSONS)
def test_the_documents_own_address(world, browser, person):
    """Refused alike for what is locked and for what is not there."""
    client = browser(person)
    for state in world.lessons:
        answer = shown(client.get(world.documents[state].url))
        letter = expected(person, state, by_address=False)
        assert answer == ("o" if letter == "o" else "x"), state


@pytest.mark.parametrize("person", PERSONS)
def test_search_finds_titles_of_what_is_there_and_never_text(world, browser, person):
    client = browser(person)
    found = client.get("/en/search/", {"q": "Quokka"}).content.decode()
    for state in STATES:
        if state in ("alias", "translated"):
            continue
        assert (world.lessons[state].get_url() in found) is (state in LISTED), state
    assert make.SECRET not in found
    text = client.get("/en/search/", {"q": "lighthouse lamp"}).content.decode()
    for state in STATES:
        if world.lessons[state].get_url() in text:
            assert expected(person, state, by_address=False) == "o", state
    opens = [expected(person, state, by_address=False) for state in STATES]
    assert "lighthouse" not in text.split("<main", 1)[1] or "o" in opens


@pytest.mark.parametrize("person", PERSONS)
def test_feed_and_sitemap(world, browser, person):
    client = browser(person)
    feed = client.get(reverse("website:feed")).content.decode()
    sitemap = client.get("/sitemap.xml").content.decode()
    for state, lesson in world.lessons.items():
        assert lesson.get_url() not in feed, state
        listed = f"{lesson.get_url()}</loc>" in sitemap
        assert listed is (state == "sample"), state
    assert make.SECRET not in feed + sitemap


@pytest.mark.parametrize("person", PERSONS)
def test_the_content_api_opens_samples_only(world, browser, person):
    """A session counts for nothing there; tokens are in test_content_api."""
    client = browser(person)
    for state, lesson in world.lessons.items():
        answer = client.get(f"/api/v3/pages/{lesson.pk}/")
        there = "-" not in TABLE[state][1]
        letter = ("o" if state == "sample" else "x") if there else "-"
        assert shown(answer) == letter, state


@pytest.mark.parametrize("person", PERSONS)
def test_the_outline_for_scripts_names_what_is_there(world, browser, person):
    client = browser(person)
    lesson = world.lessons["published"]
    key = lesson.place.course.translation_key
    answer = client.get(reverse("courses:outline-json", args=[key]))
    assert make.SECRET not in answer.content.decode()
    rows = {row["key"]: row for row in answer.json()["lessons"]}
    for state in ("draft", "scheduled", "retired", "module_off", "sample_off"):
        assert str(world.lessons[state].key) not in rows
    for state in ("published", "sample", "drip", "after"):
        row = rows[str(world.lessons[state].key)]
        allowed = expected(person, state, by_address=False) == "o"
        assert row["allowed"] is allowed, state
        assert bool(row["message"]) is not allowed, state


@pytest.mark.parametrize("person", PERSONS)
def test_previews_are_for_those_who_write(world, browser, person):
    client = browser(person)
    for state, lesson in world.lessons.items():
        if state == "alias":
            continue
        url = reverse("wagtailadmin_pages:view_draft", args=[lesson.pk])
        answer = client.get(url)
        writes = person in ("editor", "owner")
        assert (shown(answer) == "o") is writes, state
