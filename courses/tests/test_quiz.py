from decimal import Decimal

import pytest

from courses import quiz, quiz_display, quiz_grading, quiz_versions
from courses.models import (
    ItemProgress,
    LessonPage,
    ModulePage,
    QuizAttempt,
    QuizVersion,
)
from courses.tests import make

pytestmark = pytest.mark.django_db


def lesson(**fields):
    page = make.course(lessons=1)
    module = ModulePage.objects.child_of(page).get()
    return make.lesson(
        module, title="Quiz", completion="quiz", body=[make.quiz(**fields)]
    )


def answer(user, one, answers, **fields):
    return quiz.submit(user, one, "quiz-r", answers, **fields)


def test_all_right_passes_and_finishes_the_lesson(alice):
    attempt = answer(alice, lesson(), make.RIGHT)
    assert (attempt.score, attempt.passed, attempt.n) == (Decimal(100), True, 1)
    assert ItemProgress.objects.get(user=alice).completed_by == "quiz"


def test_all_wrong_fails_and_says_so_in_the_outline(alice):
    attempt = answer(alice, lesson(), make.WRONG)
    assert (attempt.score, attempt.passed) == (Decimal(0), False)
    assert ItemProgress.objects.get(user=alice).state == "failed"


def test_the_score_is_the_share_of_right_questions(alice):
    attempt = answer(alice, lesson(), {**make.RIGHT, "q3": ["9"]})
    assert attempt.score == Decimal("66.6667")
    assert attempt.results == {"q1": True, "q2": True, "q3": False}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1.5", True),
        ("1,5", True),
        (" 1.55 ", True),
        ("1.4500", True),
        ("1.5500001", False),
        ("15", False),
        ("-1.5", False),
    ],
)
def test_numbers_count_within_the_tolerance(alice, text, right):
    attempt = answer(alice, lesson(), {**make.RIGHT, "q3": [text]})
    assert attempt.results["q3"] is right


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.500", {"1.5", "1500"}),
        ("1.500,25", {"1500.25"}),
        ("1,500.25", {"1500.25"}),
        ("\u22122 %", {"-2"}),
        ("1e3", set()),
        ("NaN", set()),
        ("", set()),
    ],
)
def test_numbers_are_read_as_people_write_them(text, values):
    assert quiz_grading.readings(text) == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {**make.RIGHT, "q3": ["two"]},
        {**make.RIGHT, "q1": ["z"]},
        {**make.RIGHT, "q1": ["a", "b"]},
    ],
)
def test_what_cannot_be_graded_costs_no_attempt(alice, answers):
    one = lesson()
    with pytest.raises(quiz_grading.QuizError):
        answer(alice, one, answers)
    assert not QuizAttempt.objects.exists()


def test_attempts_have_a_limit(alice):
    one = lesson(attempts=2)
    answer(alice, one, make.WRONG)
    answer(alice, one, make.WRONG)
    with pytest.raises(quiz_grading.QuizError):
        answer(alice, one, make.RIGHT)


def test_sending_the_same_form_twice_is_one_attempt(alice):
    one = lesson()
    key = quiz.views_of(alice, one)["quiz-r"].key
    first = answer(alice, one, make.WRONG, key=key)
    assert answer(alice, one, make.RIGHT, key=key) == first


def test_an_edit_makes_a_new_version_and_leaves_attempts_alone(alice):
    one = lesson()
    first = answer(alice, one, make.WRONG)
    one.body = [make.quiz(pass_mark=0)]
    one.save_revision().publish()
    assert QuizVersion.objects.filter(item=one.key).count() == 2
    first.refresh_from_db()
    assert first.version.content["pass_mark"] == 60
    assert not first.passed


def test_an_answer_is_graded_by_the_version_that_was_seen(alice):
    one = lesson()
    seen = quiz_display.unsign(quiz.views_of(alice, one)["quiz-r"].seen)
    one.body = [make.quiz(pass_mark=0)]
    one.save_revision().publish()
    attempt = answer(alice, LessonPage.objects.get(pk=one.pk), make.WRONG, version=seen)
    assert attempt.version.sha256 == seen
    assert not attempt.passed


def test_publishing_the_same_quiz_again_makes_no_version():
    one = lesson()
    one.save_revision().publish()
    assert QuizVersion.objects.filter(item=one.key).count() == 1


def test_a_stranger_view_holds_no_key():
    one = lesson()
    view = quiz.views_of(None, one)["quiz-r"]
    assert make.KEYED not in str(view)
    assert not any(option.feedback for q in view.questions for option in q.options)


def test_the_key_is_part_of_the_version_only():
    one = lesson()
    content = QuizVersion.objects.get(item=one.key).content
    assert content["questions"][0]["options"][0]["correct"] is True
    assert quiz_versions.digest(content) == QuizVersion.objects.get(item=one.key).sha256


def test_a_result_is_shown_in_the_language_of_the_page(alice):
    one = lesson()
    answer(alice, one, make.RIGHT)
    one.body = [make.quiz(title="¿Qué es R?")]
    one.save_revision().publish()
    view = quiz.views_of(alice, LessonPage.objects.get(pk=one.pk))["quiz-r"]
    assert view.title == "¿Qué es R?"
    assert view.attempt.passed


def test_a_result_keeps_its_words_when_the_key_changed(alice):
    one = lesson()
    answer(alice, one, make.RIGHT)
    changed = [make.question("q9", "numeric", answer="3", tolerance="0")]
    one.body = [make.quiz(title="New", questions=changed)]
    one.save_revision().publish()
    view = quiz.views_of(alice, LessonPage.objects.get(pk=one.pk))["quiz-r"]
    assert view.title == "What is R?"
