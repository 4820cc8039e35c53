from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import now

from courses import enrolment, grants, progress
from courses.access import decide
from courses.models import Course, CoursePage, LessonPage, ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


def lesson(**fields):
    page = make.course(lessons=2, **fields)
    return make.lessons_of(page)[1]


def row_of(one):
    return Course.objects.get(key=one.place.course.translation_key)


def give(user, **fields):
    values = {"scope": "all", "source_kind": "staff", **fields}
    return grants.grant(user, **values)


def test_a_visitor_must_sign_in():
    decision = decide(VISITOR, lesson(access="free"))
    assert (decision.allowed, decision.reason, decision.cta) == (
        False,
        "sign-in",
        "sign-up",
    )


def test_a_sample_lesson_is_open_to_visitors():
    one = lesson(access="subscribers")
    LessonPage.objects.filter(pk=one.pk).update(preview=True)
    decision = decide(VISITOR, LessonPage.objects.get(pk=one.pk))
    assert (decision.allowed, decision.reason) == (True, "preview")


def test_a_free_course_asks_for_a_place(alice):
    one = lesson(access="free")
    assert decide(alice, one).reason == "enrol"
    enrolment.enrol(alice, row_of(one))
    assert decide(alice, one).allowed
    enrolment.withdraw(alice, row_of(one), reason="left")
    assert decide(alice, one).reason == "enrol"


def test_a_paid_course_asks_for_access_even_with_a_place(alice):
    one = lesson(access="subscribers")
    enrolment.enrol(alice, row_of(one))
    decision = decide(alice, one)
    assert (decision.allowed, decision.cta) == (False, "subscribe")


@pytest.mark.parametrize(
    ("fields", "opens"),
    [
        ({"scope": "all"}, True),
        ({"scope": "tier", "scope_ref": "pro"}, True),
        ({"scope": "tier", "scope_ref": "basic"}, False),
        ({"scope": "course", "scope_ref": "other"}, False),
        ({"scope": "all", "valid_until": now() - timedelta(seconds=1)}, False),
        ({"scope": "all", "valid_from": now() + timedelta(days=1)}, False),
    ],
)
def test_which_grants_open_a_course_of_a_tier(alice, fields, opens):
    one = lesson(access="subscribers", tier="pro")
    fields = {"valid_from": now() - timedelta(days=2), **fields}
    give(alice, **fields)
    assert decide(alice, one).allowed is opens


def test_a_grant_of_this_course_opens_it_and_nothing_else(alice, bob):
    one = lesson(access="subscribers")
    give(alice, scope="course", scope_ref=str(one.place.course.translation_key))
    assert decide(alice, one).reason == "grant"
    assert not decide(bob, one).allowed


def test_a_revoked_grant_closes_and_keeps_progress(alice):
    one = lesson(access="subscribers")
    give(alice, source_ref="sub_1")
    progress.complete_lesson(alice, one)
    grants.revoke(alice, source_kind="staff", source_ref="sub_1")
    assert not decide(alice, one).allowed
    assert alice.item_progress.get().state == "done"


def test_unpublished_pages_above_close_a_lesson(alice):
    one = lesson(access="free")
    enrolment.enrol(alice, row_of(one))
    ModulePage.objects.get(pk=one.get_parent().pk).unpublish()
    decision = decide(alice, LessonPage.objects.get(pk=one.pk))
    assert (decision.allowed, decision.reason) == (False, "unpublished")


def test_editors_read_everything(editor):
    assert decide(editor, lesson(access="subscribers")).reason == "staff"


def test_days_after_the_start(alice):
    one = lesson(access="free")
    LessonPage.objects.filter(pk=one.pk).update(unlock_after_days=3)
    one = LessonPage.objects.get(pk=one.pk)
    place = enrolment.enrol(alice, row_of(one))
    decision = decide(alice, one)
    assert decision.unlock_at == place.started_at + timedelta(days=3)
    assert decide(alice, one, now() + timedelta(days=4)).allowed


def test_a_fixed_day(alice):
    one = lesson(access="free")
    opens = now() + timedelta(days=2)
    LessonPage.objects.filter(pk=one.pk).update(unlock_on=opens)
    one = LessonPage.objects.get(pk=one.pk)
    enrolment.enrol(alice, row_of(one))
    assert decide(alice, one).unlock_at == opens
    assert decide(alice, one, opens).allowed


def test_lessons_in_order(alice):
    page = make.course(lessons=2, access="free", sequential=True)
    first, second = make.lessons_of(page)
    enrolment.enrol(alice, row_of(first))
    assert decide(alice, first).allowed
    assert decide(alice, second).reason == "in-order"
    progress.complete_lesson(alice, first)
    assert decide(alice, second).allowed


def test_the_trail_says_why(alice):
    one = lesson(access="subscribers")
    give(alice, source_ref="sub_9")
    trail = decide(alice, one).trail
    assert [(step.rule, step.outcome) for step in trail] == [
        ("published", "passes"),
        ("signed-in", "passes"),
        ("grant", "opens"),
    ]
    assert trail[-1].detail["grant"].source_ref == "sub_9"


def test_a_decision_asks_a_constant_number_of_queries(
    alice, django_assert_max_num_queries
):
    one = lesson(access="subscribers")
    CoursePage.objects.update(sequential=True)
    one = LessonPage.objects.get(pk=one.pk)
    with django_assert_max_num_queries(7):
        decide(alice, one)
