"""Mails about courses: once each, in the reader's language, only to who wants them."""

import pytest

from accounts import mail_preferences
from courses import enrolment, mails
from courses.models import Course
from courses.tests import make
from courses.tests.make import sent

pytestmark = pytest.mark.django_db


def html_of(message) -> str:
    return str(message.alternatives[0].content)


def reply_to(user, message_id="note-1"):
    mails.reply(
        user,
        lesson_title="Size <b>first</b>",
        author_name="Eva & Co",
        excerpt="Half of it.\n\nThe rest later. " + "x" * 500,
        url="/en/courses/risk/module-1/lesson-1/#discussion",
        message_id=message_id,
    )


def test_joining_a_course_brings_one_welcome_with_the_first_lesson(alice, bob):
    page = make.course(lessons=2)
    make.translated(make.lessons_of(page)[0])
    course = Course.objects.get(key=page.translation_key)
    for user in (alice, bob, alice):
        enrolment.enrol(user, course)
    english, spanish = sorted(sent(), key=lambda one: one.to[0])
    assert english.to == [alice.email]
    assert "http://localhost:8000/en/courses/risk/module-1/lesson-1/" in english.body
    assert "Lesson 1.1" in html_of(english)
    assert spanish.to == [bob.email]
    assert "http://localhost:8000/es/" in spanish.body
    assert 'lang="es"' in html_of(spanish)


def test_leaving_and_coming_back_is_a_new_welcome(alice):
    course = Course.objects.get(key=make.course().translation_key)
    enrolment.enrol(alice, course)
    enrolment.withdraw(alice, course, reason="")
    enrolment.enrol(alice, course)
    assert len(sent()) == 2


def test_a_course_gone_before_delivery_sends_nothing(alice):
    page = make.course()
    enrolment.enrol(alice, Course.objects.get(key=page.translation_key))
    page.unpublish()
    assert sent() == []


def test_a_reply_is_told_once_and_escaped(alice):
    for _twice in range(2):
        reply_to(alice)
    [message] = sent()
    assert message.subject == "Eva & Co replied in “Size <b>first</b>”"
    assert "http://localhost:8000/en/courses/risk/module-1/lesson-1/#discussion" in (
        message.body
    )
    assert "Size &lt;b&gt;first&lt;/b&gt;" in html_of(message)
    assert "Half of it. The rest later." in message.body
    assert "x" * 401 not in message.body
    reply_to(alice, "note-2")
    assert len(sent()) == 2


def test_who_switched_a_kind_off_gets_the_others(alice):
    reply_to(alice)
    mail_preferences.choose(alice, mails.REPLY, False)
    enrolment.enrol(alice, Course.objects.get(key=make.course().translation_key))
    [message] = sent()
    assert message.subject == "Welcome to “Risk”"


def test_every_mail_carries_the_way_out(alice):
    reply_to(alice)
    [message] = sent()
    url = mail_preferences.unsubscribe_url(alice, mails.REPLY)
    assert message.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert url in message.body
    assert url in html_of(message)


def test_a_closed_account_gets_nothing(alice):
    reply_to(alice)
    alice.is_active = False
    alice.save()
    assert sent() == []
