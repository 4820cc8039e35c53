"""Editing a quiz and the results already given: dry run, decisions, undo, other doors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditEvent
from courses import quiz, quiz_changes, quiz_versions, regrade
from courses.models import (
    CourseCompletion,
    ItemProgress,
    LessonPage,
    ModulePage,
    QuizAttempt,
    QuizChange,
    QuizVersion,
    Regraded,
)
from courses.quiz_grading import Grade, grade_of
from courses.tests import make

pytestmark = pytest.mark.django_db
Choice = QuizChange.Choice


def questions(*, q1="a", q3="1.5", without=()):
    """The three questions of make.quiz with other right answers."""
    one = [make.option(name, name, correct=name == q1) for name in "ab"]
    several = [make.option(name, name, correct=name in "ac") for name in "abc"]
    rows = [
        make.question("q1", "single", options=one),
        make.question("q2", "multiple", options=several),
        make.question("q3", "numeric", answer=q3, tolerance="0.05"),
    ]
    return [row for row in rows if row["id"] not in without]


@pytest.fixture
def lesson():
    module = ModulePage.objects.child_of(make.course(lessons=0)).get()
    return make.lesson(
        module,
        title="Quiz",
        completion="quiz",
        body=[make.quiz(questions=questions(), pass_mark=60)],
    )


def edited(lesson, *, pass_mark=60, **changes):
    """The lesson with another key, published as any door would."""
    lesson = LessonPage.objects.get(pk=lesson.pk)
    fields = {"questions": questions(**changes), "pass_mark": pass_mark}
    lesson.body = [make.quiz(**fields)]
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk)


def answer(user, lesson, **changes):
    return quiz.submit(user, lesson, "quiz-r", {**make.RIGHT, **changes})


def results(user):
    return [
        (attempt.score, attempt.passed)
        for attempt in QuizAttempt.objects.filter(user=user)
    ]


# -- versions ------------------------------------------------------------------


def test_an_attempt_keeps_its_version_after_every_edit(alice, lesson):
    attempt = answer(alice, lesson)
    seen = attempt.version_id
    content = attempt.version.content
    for fields in ({"q1": "b"}, {"without": ["q2"]}, {"pass_mark": 100}, {"q3": "9"}):
        lesson = edited(lesson, **fields)
    attempt.refresh_from_db()
    assert attempt.version_id == seen
    assert QuizVersion.objects.get(pk=seen).content == content


def test_equal_content_is_the_same_version(lesson):
    first = QuizVersion.objects.get(item=lesson.key)
    back = edited(edited(lesson, q1="b"))
    assert QuizVersion.objects.filter(item=lesson.key).count() == 2
    content = quiz_versions.contents_of(back)["quiz-r"]
    assert quiz_versions.digest(content) == first.sha256


def test_a_translation_grades_the_same_and_needs_no_decision(alice, bob, lesson):
    answer(alice, lesson, q1=["b"])
    spanish = make.translated(lesson)
    spanish.body = [make.quiz(title="¿Qué es R?", questions=questions(), pass_mark=60)]
    spanish.save_revision().publish()
    spanish = LessonPage.objects.get(pk=spanish.pk)
    attempt = answer(bob, spanish, q1=["b"])
    assert attempt.score == QuizAttempt.objects.get(user=alice).score
    assert attempt.version.content["title"] == "¿Qué es R?"
    assert quiz_changes.impacts(spanish) == []
    assert not QuizChange.objects.exists()


def test_short_answers_compare_words_within_a_language_only():
    def content(language, **texts):
        accepted = [{"id": name, "text": text} for name, text in texts.items()]
        row = {"id": "q", "kind": "short", "options": [], "answer": "", "tolerance": ""}
        row |= {"accepted": accepted, "exact": False}
        return {"language": language, "pass_mark": 60, "questions": [row]}

    spanish = content("es", w="riesgo")
    assert not regrade.differs(spanish, content("en", w="risk"))
    assert regrade.differs(spanish, content("en", w="risk", x="peril"))
    assert regrade.differs(spanish, content("es", w="riesgos"))


def test_other_words_and_another_order_change_nothing(alice, lesson):
    answer(alice, lesson)
    lesson = LessonPage.objects.get(pk=lesson.pk)
    rows = list(reversed(questions()))
    lesson.body = [make.quiz(title="Clearer", questions=rows, pass_mark=60)]
    lesson.save_revision().publish()
    assert not QuizChange.objects.exists()
    assert quiz_changes.impacts(LessonPage.objects.get(pk=lesson.pk)) == []


# -- dry run -------------------------------------------------------------------


def test_the_editor_sees_which_results_would_change(alice, bob, lesson):
    answer(alice, lesson, q1=["b"], q3=["9"])  # one of three
    answer(bob, lesson)
    draft = LessonPage.objects.get(pk=lesson.pk)
    draft.body = [make.quiz(questions=questions(q1="b"), pass_mark=60)]
    (impact,) = quiz_changes.impacts(draft)
    assert (impact.attempts, impact.better, impact.worse) == (2, 1, 1)
    assert (impact.passed, impact.failed) == (1, 0)
    assert len(impact.students) == 2
    (touched,) = impact.touched
    assert (touched.number, touched.to_right, touched.to_wrong) == (1, 1, 1)


def test_a_dry_run_writes_nothing(alice, lesson):
    answer(alice, lesson)
    before = QuizAttempt.objects.values().get()
    draft = LessonPage.objects.get(pk=lesson.pk)
    draft.body = [make.quiz(questions=questions(q1="b"), pass_mark=100)]
    quiz_changes.impacts(draft)
    assert QuizAttempt.objects.values().get() == before
    assert not QuizChange.objects.exists()


def test_a_removed_question_no_longer_counts(alice, lesson):
    answer(alice, lesson, q1=["b"])
    lesson = edited(lesson, without=["q1"])
    (impact,) = quiz_changes.impacts(lesson)
    assert [one.gone for one in impact.touched] == [True]
    regrade.decide(lesson, "quiz-r", Choice.ALL, alice)
    assert results(alice) == [(Decimal(100), True)]


def test_a_new_question_never_counts_against_earlier_attempts(alice, lesson):
    answer(alice, lesson)
    more = [*questions(), make.question("q9", "numeric", answer="9")]
    lesson.body = [make.quiz(questions=more, pass_mark=60)]
    lesson.save_revision().publish()
    assert not QuizChange.objects.exists()
    assert results(alice) == [(Decimal(100), True)]


def test_the_dry_run_needs_few_statements(
    make_user, lesson, django_assert_max_num_queries
):
    for name in ("Ana", "Ben", "Caro", "Dan"):
        answer(make_user(name), lesson)
    lesson = edited(lesson, q1="b")
    content = quiz_versions.contents_of(lesson)["quiz-r"]
    item = QuizVersion.objects.first().item
    with django_assert_max_num_queries(3):
        assert regrade.dry_run(item, "quiz-r", content).attempts == 4


# -- decisions -----------------------------------------------------------------


def test_keeping_changes_no_result_and_is_remembered(alice, owner, lesson):
    answer(alice, lesson)
    lesson = edited(lesson, q1="b")
    regrade.decide(lesson, "quiz-r", Choice.KEEP, owner)
    assert results(alice) == [(Decimal(100), True)]
    assert not Regraded.objects.exists()
    lesson.save_revision().publish()
    assert QuizChange.objects.get().choice == Choice.KEEP


def test_only_better_raises_and_never_lowers(alice, bob, owner, lesson):
    answer(alice, lesson, q1=["b"], q3=["9"])
    answer(bob, lesson)
    lesson = edited(lesson, q1="b")
    change = regrade.decide(lesson, "quiz-r", Choice.UP, owner)
    assert results(alice) == [(Decimal("66.6667"), True)]
    assert results(bob) == [(Decimal(100), True)]
    assert (change.attempts, change.changed) == (2, 1)


def test_a_better_result_finishes_the_lesson_and_the_course(alice, owner, lesson):
    answer(alice, lesson, q1=["b"], q3=["9"])
    assert ItemProgress.objects.get(user=alice).state == "failed"
    regrade.decide(edited(lesson, q1="b"), "quiz-r", Choice.UP, owner)
    assert ItemProgress.objects.get(user=alice).completed_by == "quiz"
    assert CourseCompletion.objects.filter(user=alice).exists()


def test_grading_all_again_lowers_results_but_takes_back_nothing(alice, owner, lesson):
    answer(alice, lesson, q2=["a"])  # two of three: passed
    assert CourseCompletion.objects.filter(user=alice).exists()
    regrade.decide(edited(lesson, q1="b"), "quiz-r", Choice.ALL, owner)
    assert results(alice) == [(Decimal("33.3333"), False)]
    assert ItemProgress.objects.get(user=alice).state == "done"
    assert CourseCompletion.objects.filter(user=alice).exists()


def test_a_lower_pass_mark_lets_more_people_pass(alice, owner, lesson):
    answer(alice, lesson, q1=["b"], q3=["9"])
    lesson = edited(lesson, pass_mark=30)
    (impact,) = quiz_changes.impacts(lesson)
    assert (impact.old_pass_mark, impact.passed) == (60, 1)
    regrade.decide(lesson, "quiz-r", Choice.UP, owner)
    assert results(alice) == [(Decimal("33.3333"), True)]


def test_a_second_change_is_measured_from_the_first_regrade(alice, owner, lesson):
    answer(alice, lesson)
    lesson = edited(lesson, q1="b")
    regrade.decide(lesson, "quiz-r", Choice.ALL, owner)
    lesson = edited(lesson, q1="a")
    (impact,) = quiz_changes.impacts(lesson)
    assert (impact.better, impact.worse) == (1, 0)
    regrade.decide(lesson, "quiz-r", Choice.ALL, owner)
    assert results(alice) == [(Decimal(100), True)]


def test_a_decision_is_audited_with_its_batch(alice, owner, lesson):
    answer(alice, lesson)
    change = regrade.decide(edited(lesson, q1="b"), "quiz-r", Choice.ALL, owner)
    event = AuditEvent.objects.get(action="quiz.regrade")
    assert (event.actor, event.data["batch"]) == (owner.email, str(change.pk))
    assert (event.data["choice"], event.data["changed"]) == ("all", 1)


# -- undo ----------------------------------------------------------------------


def test_undo_puts_every_result_back(alice, bob, owner, lesson):
    answer(alice, lesson, q1=["b"])
    answer(bob, lesson)
    fields = ["pk", "results", "score", "passed", "graded_by", "regraded_at"]
    before = list(QuizAttempt.objects.order_by("pk").values(*fields))
    lesson = edited(lesson, q1="b")
    change = regrade.decide(lesson, "quiz-r", Choice.ALL, owner)
    assert list(QuizAttempt.objects.order_by("pk").values(*fields)) != before
    assert regrade.undo(change, lesson, owner) == 2
    assert list(QuizAttempt.objects.order_by("pk").values(*fields)) == before
    assert AuditEvent.objects.filter(action="quiz.regrade-undone").exists()


def test_undo_takes_back_the_lesson_it_finished(alice, owner, lesson):
    make.lesson(lesson.get_parent().specific, title="Another")  # the course goes on
    answer(alice, lesson, q1=["b"], q3=["9"])
    lesson = edited(lesson, q1="b")
    change = regrade.decide(lesson, "quiz-r", Choice.UP, owner)
    assert ItemProgress.objects.get(user=alice).state == "done"
    regrade.undo(change, lesson, owner)
    assert ItemProgress.objects.get(user=alice).state == "failed"


def test_undo_leaves_a_finished_course_finished(alice, owner, lesson):
    answer(alice, lesson, q1=["b"], q3=["9"])
    lesson = edited(lesson, q1="b")
    change = regrade.decide(lesson, "quiz-r", Choice.UP, owner)
    regrade.undo(change, lesson, owner)
    assert results(alice) == [(Decimal("33.3333"), False)]
    assert ItemProgress.objects.get(user=alice).state == "done"
    assert CourseCompletion.objects.filter(user=alice).exists()


def test_only_the_latest_decision_is_undone_and_once(alice, owner, lesson):
    answer(alice, lesson)
    lesson = edited(lesson, q1="b")
    first = regrade.decide(lesson, "quiz-r", Choice.ALL, owner)
    lesson = edited(lesson, q1="b", q3="9")
    second = regrade.decide(lesson, "quiz-r", Choice.ALL, owner)
    with pytest.raises(ValueError, match="latest"):
        regrade.undo(first, lesson, owner)
    regrade.undo(second, lesson, owner)
    with pytest.raises(ValueError, match="latest"):
        regrade.undo(second, lesson, owner)
    regrade.undo(first, lesson, owner)
    assert results(alice) == [(Decimal(100), True)]


# -- other doors ---------------------------------------------------------------


def test_publishing_by_any_other_door_keeps_results_and_leaves_the_choice(
    alice, lesson
):
    answer(alice, lesson)
    edited(lesson, q1="b")
    change = QuizChange.objects.get()
    assert (change.choice, change.attempts, change.changed) == (Choice.OPEN, 1, 1)
    assert results(alice) == [(Decimal(100), True)]
    assert [(c.pk, page.pk) for c, page in quiz_changes.waiting()] == [
        (change.pk, lesson.pk)
    ]


def test_going_back_closes_the_open_choice(alice, lesson):
    answer(alice, lesson)
    edited(edited(lesson, q1="b"))
    assert not QuizChange.objects.exists()


def test_there_is_one_open_choice_for_the_newest_change(alice, lesson):
    answer(alice, lesson)
    lesson = edited(edited(lesson, q1="b"), q1="b", q3="9")
    change = QuizChange.objects.get()
    content = quiz_versions.contents_of(lesson)["quiz-r"]
    assert change.version.sha256 == quiz_versions.digest(content)


# -- properties ----------------------------------------------------------------

RESULTS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3", "q4"]), st.booleans(), min_size=1
)
GRADES = st.builds(grade_of, RESULTS, st.integers(0, 100))


@given(GRADES, GRADES)
def test_only_better_never_lowers_anything(now: Grade, new: Grade):
    final = regrade.outcome(now, new, Choice.UP)
    assert final.score >= now.score
    assert final.passed >= now.passed
    assert final.score == max(now.score, new.score)


@given(GRADES, GRADES)
def test_keeping_is_keeping_and_all_is_all(now: Grade, new: Grade):
    assert regrade.outcome(now, new, Choice.KEEP) == now
    assert regrade.outcome(now, new, Choice.ALL) == new


@given(
    st.lists(st.sampled_from("ab"), max_size=2),
    st.sampled_from("ab"),
    st.integers(0, 100),
)
def test_the_same_key_gives_the_same_result(given_options, right, pass_mark):
    options = [{"id": one, "correct": one == right} for one in "ab"]
    row = {"id": "q1", "kind": "single", "options": options}
    row |= {"answer": "", "tolerance": ""}
    content = {"pass_mark": pass_mark, "questions": [row]}
    results = {"q1": given_options == [right]}
    first = grade_of(results, pass_mark)
    attempt = QuizAttempt(
        version=QuizVersion(content=content),
        answers={"q1": given_options},
        results=results,
        score=first.score,
        passed=first.passed,
    )
    assert regrade.regraded(attempt, content, content, []) == first
