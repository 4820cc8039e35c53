"""A lesson may ask for more than its course does (per-lesson access level)."""

import pytest

from courses import enrolment, grants
from courses.access import Reason, Rule, decide
from courses.models import AccessGrant, Course
from courses.outline import outline
from courses.tests import make

pytestmark = pytest.mark.django_db
Scope = AccessGrant.Scope


def given(user, scope, ref=""):
    grants.grant(
        user,
        scope=scope,
        scope_ref=ref,
        source_kind=AccessGrant.SourceKind.STAFF,
        source_ref=f"{scope}-{ref}",
    )


@pytest.fixture(params=["free", "subscribers"])
def course(request):
    return make.course(lessons=2, access=request.param)


@pytest.fixture
def gold(course):
    lesson = make.lessons_of(course)[1]
    lesson.tier = "gold"
    lesson.save_revision().publish()
    return lesson


def enrolled(user, course):
    row = Course.objects.get(key=course.translation_key)
    enrolment.enrol(user, row, source=enrolment.Source.STAFF)


@pytest.mark.parametrize(
    ("scope", "ref", "opens"),
    [
        (None, "", False),
        (Scope.TIER, "silver", False),
        (Scope.TIER, "gold", True),
        (Scope.ALL, "", True),
        (Scope.COURSE, "this", True),
    ],
)
def test_who_opens_a_lesson_of_a_tier(course, gold, alice, scope, ref, opens):
    enrolled(alice, course)
    if scope:
        given(alice, scope, str(course.translation_key) if ref == "this" else ref)
    decision = decide(alice, gold)
    assert decision.allowed is opens
    if not opens:
        assert decision.reason == Reason.SUBSCRIBE


def test_the_other_lessons_stay_as_the_course(course, gold, alice):
    enrolled(alice, course)
    given(alice, Scope.TIER, "silver")
    states = {row.page.pk: row.state for row in outline(course, alice).lessons}
    assert states == {make.lessons_of(course)[0].pk: "todo", gold.pk: "locked"}


def test_the_page_says_that_it_needs_another_subscription(
    course, gold, alice, client_of
):
    enrolled(alice, course)
    given(alice, Scope.TIER, "silver")
    page = client_of(alice).get(gold.url).content.decode()
    assert make.SECRET not in page
    assert "part of another subscription" in page
    step = decide(alice, gold).blocks[0]
    assert (step.rule, step.detail["tier"]) == (Rule.TIER, "gold")


def test_losing_the_tier_locks_at_once_and_keeps_progress(
    course, gold, alice, client_of
):
    enrolled(alice, course)
    given(alice, Scope.TIER, "gold")
    given(alice, Scope.TIER, "silver")
    client = client_of(alice)
    assert make.SECRET in client.get(gold.url).content.decode()
    grants.revoke(alice, source_kind="staff", source_ref="tier-gold")
    assert make.SECRET not in client.get(gold.url).content.decode()
