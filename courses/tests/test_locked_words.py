"""What a locked lesson says to whom: a visitor, a student without a plan, one who had it."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from courses import certificates, grants, progress
from courses.models import Certificate, Course
from courses.tests import make
from courses.tests.make import enrolled, lessons_of, text

ENDED = "Renew it and go on where you stopped"


@pytest.fixture
def paid(db):
    return make.course(title="Paid", slug="paid", access="subscribers", lessons=2)


@pytest.fixture
def tier_lesson(db):
    """A lesson for one tier in a course that is free."""
    free = make.course()
    return make.lesson(free.get_children().first().specific, title="Gold", tier="gold")


def gift(user, **fields):
    return grants.grant(
        user, scope=grants.Scope.ALL, source_kind=grants.SourceKind.GIFT, **fields
    )


def test_a_student_without_a_plan_reads_what_one_gives(alice, client_of, paid):
    page = text(client_of(alice).get(lessons_of(paid)[0].url))
    assert "part of a subscription. With one you can read it now." in page
    assert "Sign in if you have one" not in page
    assert ENDED not in page


def test_who_had_access_reads_when_it_ended_and_that_nothing_is_lost(
    alice, client_of, paid
):
    enrolled(alice, paid)
    gift(
        alice,
        valid_from=now() - timedelta(days=40),
        valid_until=now() - timedelta(days=1),
    )
    for url in (lessons_of(paid)[0].url, paid.url):
        page = text(client_of(alice).get(url))
        assert ENDED in page
        assert "part of a subscription. With one" not in page


def test_the_last_end_counts_and_a_revoked_grant_ended_then(alice, paid):
    then = now() - timedelta(days=40)
    key = {"course_key": str(paid.translation_key), "tier": ""}
    assert grants.ended(alice, **key) is None
    gift(alice, valid_from=then)
    assert grants.ended(alice, **key) is None
    moment = now() - timedelta(days=3)
    grants.revoke(alice, source_kind=grants.SourceKind.GIFT, source_ref="", at=moment)
    assert grants.ended(alice, **key) == moment
    gift(alice, source_ref="x", valid_from=then, valid_until=now() - timedelta(days=9))
    assert grants.ended(alice, **key) == moment


def test_access_to_another_course_is_not_missed_here(alice, client_of, paid):
    enrolled(alice, paid)
    other = str(make.course(title="Other", slug="other").translation_key)
    grants.grant(
        alice,
        scope=grants.Scope.COURSE,
        scope_ref=other,
        source_kind=grants.SourceKind.GIFT,
        valid_from=now() - timedelta(days=9),
        valid_until=now() - timedelta(days=1),
    )
    assert ENDED not in text(client_of(alice).get(lessons_of(paid)[0].url))


def test_a_tier_lesson_of_a_free_course_asks_nobody_to_start_the_course(
    alice, client, client_of, tier_lesson
):
    page = text(client.get(tier_lesson.url))
    assert "This lesson is part of a subscription." in page
    assert "Start for free" not in page
    enrolled(alice, tier_lesson.place.course)
    page = text(client_of(alice).get(tier_lesson.url))
    assert "part of a subscription. With one you can read it now." in page
    assert "Start the first lesson" not in page
    assert "In a plan" in text(client_of(alice).get(tier_lesson.place.course.url))


def test_a_visitor_who_may_not_see_a_page_is_told_to_sign_in(client, paid):
    url = make.url("discussion", lessons_of(paid)[0].pk)
    answer = client.get(url)
    assert answer.status_code == 403
    assert "You are signed in" not in text(answer)
    assert f"/en/accounts/login/?next={url}" in text(answer)


def test_the_dashboard_names_a_replaced_certificate_once(alice, client_of):
    page = make.course(certificate=True, lessons=1)
    for lesson in enrolled(alice, page):
        progress.complete_lesson(alice, lesson)
    course = Course.objects.get(key=page.translation_key)
    old = Certificate.objects.get(user=alice, course=course)
    new = certificates.reissue(old, "Alice B.", actor="owner")
    shown = text(client_of(alice).get("/en/dashboard/"))
    assert str(new.pk) in shown
    assert str(old.pk) not in shown
