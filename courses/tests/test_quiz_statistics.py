"""Item difficulty: counted from first attempts, in two statements, null when undefined."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now
from hypothesis import given, settings
from hypothesis import strategies as st

from courses import quiz, quiz_statistics
from courses.models import ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    module = ModulePage.objects.child_of(make.course(lessons=1)).get()
    return make.lesson(module, title="Quiz", body=[make.quiz()])


def of(lesson, **period):
    return {
        one.question_id: one for one in quiz_statistics.of_items([lesson.key], **period)
    }


def answer(user, lesson, **changes):
    return quiz.submit(user, lesson, "quiz-r", {**make.RIGHT, **changes})


def test_a_quiz_nobody_answered_has_no_numbers(lesson):
    one = of(lesson)["q1"]
    assert (one.attempts, one.first_attempts, one.right) == (0, 0, 0)
    assert one.share_right is None
    assert one.discrimination is None
    assert [option.share for option in one.options] == [None, None]


def test_difficulty_counts_first_attempts_only(alice, bob, lesson):
    answer(alice, lesson, q1=["b"])
    answer(alice, lesson)
    answer(bob, lesson)
    one = of(lesson)["q1"]
    assert (one.attempts, one.first_attempts, one.right) == (3, 2, 1)
    assert one.share_right == Decimal("50.0")
    assert [(o.id, o.correct, o.chosen, o.share) for o in one.options] == [
        ("a", True, 1, Decimal("50.0")),
        ("b", False, 1, Decimal("50.0")),
    ]


def test_typed_answers_are_listed_by_frequency(alice, bob, owner, lesson):
    answer(alice, lesson, q3=["7"])
    answer(bob, lesson, q3=["7"])
    answer(owner, lesson, q3=["1.5"])
    one = of(lesson)["q3"]
    assert [(o.text, o.chosen, o.correct) for o in one.options] == [
        ("7", 2, False),
        ("1.5", 1, True),
    ]


def test_a_question_that_separates_the_strong_from_the_weak(alice, bob, lesson):
    answer(alice, lesson)
    answer(bob, lesson, **make.WRONG)
    assert of(lesson)["q1"].discrimination == Decimal("1.000")


def test_discrimination_is_null_when_everybody_did_the_same(alice, bob, lesson):
    answer(alice, lesson)
    answer(bob, lesson)
    assert of(lesson)["q1"].discrimination is None


def test_a_period_leaves_other_attempts_out(alice, lesson):
    answer(alice, lesson)
    soon = now() + timedelta(hours=1)
    assert of(lesson, until=soon)["q1"].first_attempts == 1
    late = of(lesson, since=soon)["q1"]
    assert (late.first_attempts, late.attempts) == (0, 0)


def test_a_question_of_an_older_version_stays_reportable(alice, lesson):
    answer(alice, lesson)
    lesson.body = [make.quiz(questions=[make.question("q9", "numeric", answer="3")])]
    lesson.save_revision().publish()
    found = of(lesson)
    assert found["q1"].first_attempts == 1
    assert found["q9"].first_attempts == 0
    assert list(found)[0] == "q9"


def test_statements_do_not_grow_with_lessons_or_students(
    make_user, lesson, django_assert_num_queries
):
    module = lesson.get_parent().specific
    lessons = [lesson] + [
        make.lesson(module, title=f"Quiz {n}", body=[make.quiz()]) for n in range(4)
    ]
    for name in ("Ana", "Ben", "Caro"):
        user = make_user(name)
        for one in lessons:
            answer(user, one)
    with django_assert_num_queries(2):
        rows = quiz_statistics.of_items([one.key for one in lessons])
    assert len(rows) == 15
    assert {row.first_attempts for row in rows} == {3}


@given(
    st.lists(
        st.tuples(st.booleans(), st.none() | st.decimals(0, 1, places=2)), max_size=30
    )
)
@settings(deadline=None)
def test_discrimination_stays_between_minus_one_and_one(marks):
    value = quiz_statistics._point_biserial(marks)
    assert value is None or -1 <= value <= 1
