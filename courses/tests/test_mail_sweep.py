"""Mails that time causes: once, only when true, only to who wants them."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts import mail_preferences
from courses import enrolment, grants, mail_sweep, mails, progress
from courses.models import AccessGrant, Course, Enrolment, ItemProgress, LessonPage
from courses.tests import make
from courses.tests.make import sent
from outbox.models import Message

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def dripped(alice):
    """Alice started two lessons of five; lesson n opens n days after the start."""
    page = make.course(lessons=5)
    for number, lesson in enumerate(make.lessons_of(page)):
        lesson.unlock_after_days = number
        lesson.save_revision().publish()
    enrolment.enrol(alice, Course.objects.get())
    Message.objects.all().delete()
    return page


def start(ago: timedelta) -> None:
    Enrolment.objects.update(started_at=now() - ago)


def subjects() -> list[str]:
    return [one.subject for one in sent()]


def test_a_lesson_whose_day_came_is_told_once(alice, dripped):
    assert mail_sweep.run() == 0
    start(DAY + HOUR)
    assert mail_sweep.run() == 1
    assert mail_sweep.run() == 0
    [message] = sent()
    assert message.subject == "A new lesson is open for you"
    assert "http://localhost:8000/en/courses/risk/module-1/lesson-2/" in message.body
    assert "Lesson 1.2" in str(message.alternatives[0].content)


def test_at_most_one_mail_a_day_and_nothing_is_left_out(alice, dripped):
    moment = now().replace(hour=10)
    Enrolment.objects.update(started_at=moment - DAY - HOUR)
    assert mail_sweep.run(moment) == 1
    Enrolment.objects.update(started_at=moment - 2 * DAY - HOUR)
    assert mail_sweep.run(moment + HOUR) == 0
    assert mail_sweep.run(moment + DAY) == 1
    first, second = Message.objects.order_by("created_at")
    keys = [str(one.key) for one in make.lessons_of(dripped)]
    assert first.payload["lessons"] == [keys[1]]
    assert second.payload["lessons"] == [keys[2], keys[3]]


def test_after_an_outage_one_mail_names_all_that_opened(alice, dripped):
    start(3 * DAY + HOUR)
    assert mail_sweep.run() == 1
    assert subjects() == ["3 new lessons are open for you"]


def test_old_openings_are_no_news(alice, dripped):
    start(20 * DAY)
    assert mail_sweep.run() == 0


def test_opened_lessons_and_lost_access_are_not_told(alice, bob, dripped):
    start(DAY + HOUR)
    progress.open_lesson(alice, make.lessons_of(dripped)[1])
    assert mail_sweep.run() == 0
    ItemProgress.objects.all().delete()
    LessonPage.objects.filter(title="Lesson 1.2").get().unpublish()
    assert mail_sweep.run() == 0


def test_who_has_no_access_hears_of_nothing(alice):
    page = make.course(access="subscribers", lessons=1)
    lesson = make.lessons_of(page)[0]
    lesson.unlock_on = now() - HOUR
    lesson.save_revision().publish()
    course = Course.objects.get()
    enrolment.enrol(alice, course)
    Message.objects.all().delete()
    assert mail_sweep.run() == 0
    grants.grant(alice, scope="all", source_kind="gift", source_ref="x")
    assert mail_sweep.run() == 1


def test_switched_off_means_no_mail(alice, dripped):
    start(DAY + HOUR)
    mail_preferences.choose(alice, mails.UNLOCKED, False)
    assert mail_sweep.run() == 0


def test_reminders_are_only_for_who_asked_and_only_two(alice):
    make.course()
    enrolment.enrol(alice, Course.objects.get())
    Message.objects.all().delete()
    begin = now()

    def days_later(*days: float) -> int:
        return sum(mail_sweep.run(begin + DAY * day) for day in days)

    assert days_later(15, 31) == 0
    mail_preferences.choose(alice, mails.REMINDER, True)
    assert days_later(1, 13, 14, 15, 20, 29) == 1
    assert days_later(30, 31, 36, 38, 60, 90, 365) == 1
    first, second = sent()
    assert first.subject == "“Risk” is where you left it"
    assert "Lesson 1.1" in first.body
    assert "http://localhost:8000/en/courses/risk/module-1/lesson-1/" in second.body


def test_nobody_is_reminded_of_a_finished_course(alice):
    page = make.course()
    enrolment.enrol(alice, Course.objects.get())
    mail_preferences.choose(alice, mails.REMINDER, True)
    for lesson in make.lessons_of(page):
        progress.complete_lesson(alice, lesson)
    assert mail_sweep.run(now() + 15 * DAY) == 0


def test_ended_access_is_told_once_and_calmly(bob):
    course = make.course(access="subscribers", language="es")
    grants.grant(
        bob,
        scope="course",
        scope_ref=str(course.translation_key),
        source_kind="gift",
        source_ref="g",
        valid_from=now() - 10 * DAY,
        valid_until=now() - HOUR,
    )
    assert mail_sweep.run() == 1
    assert mail_sweep.run() == 0
    [message] = sent()
    assert message.to == [bob.email]
    assert "Risk" in message.body


def test_access_that_goes_on_or_was_paid_is_not_told(alice):
    past = {"valid_from": now() - 10 * DAY, "valid_until": now() - HOUR}
    grants.grant(alice, scope="all", source_kind="gift", source_ref="g", **past)
    grants.grant(alice, scope="all", source_kind="staff", source_ref="s")
    assert mail_sweep.run() == 0
    AccessGrant.objects.filter(source_kind="staff").delete()
    AccessGrant.objects.update(source_kind="stripe_subscription")
    assert mail_sweep.run() == 0


def test_access_opened_again_before_delivery_sends_nothing(alice):
    grants.grant(alice, scope="all", source_kind="staff", source_ref="s")
    grants.revoke(alice, source_kind="staff", source_ref="s")
    assert mail_sweep.run() == 1
    grants.grant(alice, scope="all", source_kind="staff", source_ref="s")
    assert sent() == []
