"""When lessons open for a student, and what the page says until then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from audit.models import AuditEvent
from courses import enrolment, overrides, progress
from courses.access import Rule, decide
from courses.models import Course, DripOverride, Enrolment, Item, LessonPage, ModulePage
from courses.outline import outline
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(modules=2, lessons=2)


def lessons(course):
    return make.lessons_of(course)


def enrolled(user, course):
    return enrolment.enrol(user, Course.objects.get(key=course.translation_key))


def timed(page, **conditions):
    type(page).objects.filter(pk=page.pk).update(**conditions)
    return type(page).objects.get(pk=page.pk)


def modules(course):
    return list(ModulePage.objects.child_of(course).order_by("path"))


def test_all_conditions_must_hold(alice, course):
    enrolled(alice, course)
    first, second, *_rest = lessons(course)
    date = now() + timedelta(days=2)
    second = timed(second, unlock_on=date, unlock_after=first.key, unlock_after_days=1)
    decision = decide(alice, second)
    assert {step.rule for step in decision.blocks} == {"date", "days", "after"}
    assert decision.unlock_at == date
    assert not decide(alice, second, date).allowed
    assert decide(alice, second, date).reason == "after"
    progress.complete_lesson(alice, first)
    assert not decide(alice, second).allowed
    assert decide(alice, second, date).allowed


def test_a_module_holds_back_all_its_lessons(alice, course):
    enrolled(alice, course)
    _one, two = modules(course)
    timed(two, unlock_after_days=7)
    states = [row.decision.allowed for row in outline(course, alice).lessons]
    assert states == [True, True, False, False]
    decision = decide(alice, lessons(course)[2])
    assert decision.blocks[0].detail["module"] == "Module 2"
    assert decide(alice, lessons(course)[2], now() + timedelta(days=8)).allowed


def test_after_a_module_counts_its_required_lessons(alice, course):
    enrolled(alice, course)
    first, second, third, fourth = lessons(course)
    timed(fourth, unlock_after=modules(course)[0].translation_key)
    timed(second, required=False)
    assert decide(alice, LessonPage.objects.get(pk=fourth.pk)).reason == "after"
    progress.complete_lesson(alice, first)
    assert decide(alice, LessonPage.objects.get(pk=fourth.pk)).allowed
    assert decide(alice, third).allowed


def test_a_lesson_that_is_gone_blocks_nobody(alice, course):
    enrolled(alice, course)
    first, second, *_rest = lessons(course)
    second = timed(second, unlock_after=first.key)
    assert not decide(alice, second).allowed
    first.unpublish()
    assert decide(alice, second).allowed
    first.delete()
    assert decide(alice, second).allowed
    assert decide(alice, second).trail[-1].rule == Rule.AFTER


def test_a_translated_lesson_waits_for_the_same_progress(alice, course):
    enrolled(alice, course)
    first, second, *_rest = lessons(course)
    second.unlock_after = first.key
    second.save_revision().publish()
    make.translated(first)
    spanish = make.translated(second)
    assert not decide(alice, spanish).allowed
    progress.complete_lesson(alice, first)
    assert decide(alice, spanish).allowed


def test_an_alias_of_a_lesson_in_order_counts_once(alice, course):
    other = make.course(title="Other", slug="other", lessons=1, sequential=True)
    first = lessons(other)[0]
    alias = first.create_alias(parent=modules(course)[0], update_slug="alias")
    course = timed(course, sequential=True)
    enrolled(alice, course)
    enrolled(alice, other)
    for one in lessons(course)[:3]:
        progress.complete_lesson(alice, one)
    assert alias.key == first.key
    assert decide(alice, lessons(course)[3]).allowed


def test_an_alias_whose_original_is_in_another_course_opens_in_its_turn(alice, course):
    other = make.course(title="Other", slug="other", lessons=1)
    alias = lessons(other)[0].create_alias(
        parent=modules(course)[0], update_slug="alias"
    )
    course = timed(course, sequential=True)
    enrolled(alice, course)
    place = [one.pk for one in lessons(course)].index(alias.pk)
    assert place > 0
    for one in lessons(course)[:place]:
        assert not decide(alice, lessons(course)[place]).allowed
        progress.complete_lesson(alice, one)
    assert decide(alice, lessons(course)[place]).allowed
    progress.complete_lesson(alice, lessons(course)[place])
    assert decide(alice, lessons(course)[place + 1]).allowed


def test_an_alias_of_an_earlier_lesson_does_not_lock_the_course(alice, course):
    lessons(course)[0].create_alias(parent=modules(course)[-1], update_slug="again")
    course = timed(course, sequential=True)
    enrolled(alice, course)
    for one in lessons(course):
        assert decide(alice, one).allowed
        progress.complete_lesson(alice, one)


def test_an_optional_lesson_waits_only_for_those_before_it(alice, course):
    first, second, *later = lessons(course)
    timed(second, required=False)
    course = timed(course, sequential=True)
    enrolled(alice, course)
    assert not decide(alice, lessons(course)[1]).allowed
    progress.complete_lesson(alice, first)
    assert decide(alice, lessons(course)[1]).allowed
    assert decide(alice, lessons(course)[2]).allowed
    assert later


# -- in the student's time zone ------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Europe/Madrid", "2026-03-30T20:00:00+02:00"),
        ("America/New_York", "2026-03-30T15:00:00-04:00"),
        ("Asia/Tokyo", "2026-03-31T04:00:00+09:00"),
        ("Nowhere/Land", "2026-03-30T19:00:00+00:00"),
    ],
)
def test_days_end_at_the_students_time_of_day(alice, course, zone, opens):
    """Started on 27 March 2026 at 19:00 UTC; Madrid changes its clocks on the 29th."""
    alice.timezone = zone
    alice.save()
    enrolled(alice, course)
    Enrolment.objects.update(started_at=datetime(2026, 3, 27, 19, tzinfo=UTC))
    second = timed(lessons(course)[1], unlock_after_days=3)
    decision = decide(alice, second, datetime(2026, 3, 28, tzinfo=UTC))
    assert decision.unlock_at.isoformat() == opens
    assert not decide(alice, second, decision.unlock_at - timedelta(seconds=1)).allowed
    assert decide(alice, second, decision.unlock_at).allowed


def test_the_page_and_the_outline_say_when_in_the_students_zone(
    alice, client_of, course
):
    alice.timezone = "Asia/Tokyo"
    alice.save()
    enrolled(alice, course)
    second = timed(
        lessons(course)[1], unlock_on=datetime(2099, 1, 5, 23, 30, tzinfo=UTC)
    )
    card = client_of(alice).get(second.url).content.decode()
    assert "This lesson opens on 6 January 2099, 08:30." in card
    assert make.SECRET not in card
    page = client_of(alice).get(course.url).content.decode()
    assert "Opens 6 Jan 2099, 08:30" in page


def test_the_page_says_what_to_finish_first_and_leads_there(alice, client_of, course):
    enrolled(alice, course)
    first, second, *_rest = lessons(course)
    timed(second, unlock_after=first.key)
    card = client_of(alice).get(second.url).content.decode()
    assert "Finish “Lesson 1.1” first." in card
    assert f'href="{first.url}"' in card
    assert "After “Lesson 1.1”" in client_of(alice).get(course.url).content.decode()


def test_a_visitor_of_a_paid_lesson_reads_about_the_subscription(client, course):
    paid = make.course(title="Paid", slug="paid", access="subscribers", lessons=1)
    card = client.get(make.lessons_of(paid)[0].url).content.decode()
    assert "This lesson is part of a subscription." in card
    assert "create an account to read" not in card
    assert "/accounts/login/" in card


def test_words_in_spanish_are_asked_for_in_the_readers_language(alice, course):
    enrolled(alice, course)
    second = timed(lessons(course)[1], unlock_on=datetime(2099, 1, 5, tzinfo=UTC))
    decision = decide(alice, second)
    with translation.override("es"):
        assert "2099" in decision.message


def test_json_says_when_and_why(alice, client_of, course):
    enrolled(alice, course)
    first, second, third, _last = lessons(course)
    timed(second, unlock_after=first.key)
    timed(third, unlock_on=datetime(2099, 1, 5, 12, tzinfo=ZoneInfo("Europe/Madrid")))
    url = reverse("courses:outline-json", args=[course.translation_key])
    rows = client_of(alice).get(url).json()["lessons"]
    assert [(row["allowed"], row["reason"]) for row in rows] == [
        (True, "free"),
        (False, "after"),
        (False, "not-yet"),
        (True, "free"),
    ]
    assert rows[2]["unlock_at"] == "2099-01-05T12:00:00+01:00"
    assert all(row["message"] for row in rows if not row["allowed"])
    locked = client_of(alice).post(
        reverse("courses:watch", args=[second.pk, "x"]),
        headers={"Accept": "application/json"},
    )
    assert (locked.status_code, locked.json()["reason"]) == (403, "after")


# -- for one student -----------------------------------------------------------


def test_an_override_opens_for_one_student_only(alice, bob, owner, course):
    first, second, *_rest = lessons(course)
    second = timed(second, unlock_after=first.key, unlock_after_days=30)
    for user in (alice, bob):
        enrolled(user, course)
    item = Item.objects.get(key=second.key)
    overrides.give([alice], item, by=owner, note="was ill")
    assert decide(alice, second).allowed
    assert not decide(bob, second).allowed
    row = DripOverride.objects.get()
    assert (row.user, row.by, row.note) == (alice, owner, "was ill")
    event = AuditEvent.objects.filter(action="drip.override").get()
    assert (event.actor, event.target) == (owner.email, f"user:{alice.pk}")
    overrides.remove(row, by=owner)
    assert not decide(alice, second).allowed
    assert AuditEvent.objects.filter(action="drip.override-removed").exists()


def test_an_override_may_hold_back_and_gives_no_access(alice, owner, course):
    second = lessons(course)[1]
    item = Item.objects.get(key=second.key)
    later = now() + timedelta(days=3)
    overrides.give([alice], item, by=owner, opens_at=later)
    assert decide(alice, second).reason == "enrol"
    enrolled(alice, course)
    assert decide(alice, second).unlock_at == later
    assert decide(alice, second, later).allowed


def test_the_facts_of_a_drip_course_cost_no_more(
    alice, course, owner, django_assert_num_queries
):
    first, second, third, _last = lessons(course)
    timed(third, unlock_after=first.key, unlock_after_days=3)
    enrolled(alice, course)
    overrides.give([alice], Item.objects.get(key=second.key), by=owner)
    outline(course, alice)
    with django_assert_num_queries(1):
        decide(alice, third)
    with django_assert_num_queries(1):
        outline(course, alice)
