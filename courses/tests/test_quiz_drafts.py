"""Attempts under way: saved, resumed elsewhere, shuffled, under a time limit."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import quiz, quiz_display, tasks
from courses.models import ItemProgress, LessonPage, ModulePage, QuizAttempt, QuizDraft
from courses.quiz_grading import QuizError
from courses.tests import make

pytestmark = pytest.mark.django_db
START = now()


def lesson(**fields):
    module = ModulePage.objects.child_of(make.course(lessons=1)).get()
    return make.lesson(
        module, title="Quiz", completion="quiz", body=[make.quiz(**fields)]
    )


def at(minutes=0, seconds=0):
    return START + timedelta(minutes=minutes, seconds=seconds)


def view(user, one, **fields):
    return quiz.views_of(user, one, **fields)["quiz-r"]


# -- save and resume -----------------------------------------------------------


def test_what_was_saved_is_there_on_another_device(alice):
    one = lesson()
    quiz.save(alice, one, "quiz-r", {"q1": ["b"], "q3": ["1,"]}, seq=0)
    shown = view(alice, LessonPage.objects.get(pk=one.pk))
    assert [option.chosen for option in shown.questions[0].options] == [False, True]
    assert shown.questions[2].typed == "1,"
    assert not QuizAttempt.objects.exists()


def test_submitting_turns_what_was_saved_into_one_attempt(alice):
    one = lesson()
    draft = quiz.save(alice, one, "quiz-r", {"q1": ["a"]})
    attempt = quiz.submit(alice, one, "quiz-r", make.RIGHT, key=str(draft.key))
    assert (attempt.n, attempt.opened_at) == (1, draft.opened_at)
    assert not QuizDraft.objects.exists()


def test_a_save_from_an_older_page_empties_nothing(alice):
    one = lesson()
    quiz.save(alice, one, "quiz-r", {"q1": ["a"], "q3": ["2"]}, seq=0)
    draft = quiz.save(alice, one, "quiz-r", {"q3": ["1.5"]}, seq=0)
    assert draft.answers == {"q1": ["a"], "q3": "1.5"}


def test_a_save_from_the_newest_page_takes_back_a_choice(alice):
    one = lesson()
    draft = quiz.save(alice, one, "quiz-r", {"q2": ["a"], "q3": ["2"]}, seq=0)
    draft = quiz.save(alice, one, "quiz-r", {"q3": ["2"]}, seq=draft.seq)
    assert draft.answers == {"q3": "2"}


def test_a_late_save_after_sending_elsewhere_opens_nothing(alice):
    one = lesson()
    key = view(alice, one).key
    quiz.submit(alice, one, "quiz-r", make.WRONG, key=key)
    assert quiz.save(alice, one, "quiz-r", {"q1": ["a"]}, key=key) is None
    assert not QuizDraft.objects.exists()


def test_two_devices_send_one_attempt(alice):
    one = lesson()
    phone, laptop = view(alice, one), view(alice, one)
    first = quiz.submit(alice, one, "quiz-r", make.WRONG, key=phone.key)
    assert quiz.submit(alice, one, "quiz-r", make.RIGHT, key=laptop.key) == first
    assert view(alice, one, again="quiz-r").key != phone.key


def test_saved_answers_move_to_the_edited_quiz(alice):
    one = lesson()
    quiz.save(alice, one, "quiz-r", {"q1": ["b"], "q3": ["7"]})
    only = [make.question("q3", "numeric", answer="7")]
    one.body = [make.quiz(questions=only)]
    one.save_revision().publish()
    one = LessonPage.objects.get(pk=one.pk)
    shown = view(alice, one)
    assert [(q.id, q.typed) for q in shown.questions] == [("q3", "7")]
    draft = quiz.save(alice, one, "quiz-r", {"q3": ["8"]}, seq=shown.draft.seq)
    assert draft.answers == {"q3": "8"}


def test_an_open_attempt_can_be_left_for_the_last_result(alice):
    one = lesson()
    quiz.submit(alice, one, "quiz-r", make.RIGHT)
    quiz.save(alice, one, "quiz-r", {"q1": ["b"]})
    shown = view(alice, one)
    assert shown.attempt is None
    assert shown.before.score == 100
    assert quiz.discard(alice, one, "quiz-r")
    assert view(alice, one).attempt.passed


def test_nobody_saves_without_attempts_left(alice):
    one = lesson(attempts=1)
    quiz.submit(alice, one, "quiz-r", make.WRONG)
    with pytest.raises(QuizError):
        quiz.save(alice, one, "quiz-r", {"q1": ["a"]})


def test_an_old_version_with_more_attempts_does_not_lift_the_limit(alice):
    one = lesson(attempts=0)
    seen = quiz_display.unsign(view(alice, one).seen)
    one.body = [make.quiz(attempts=1)]
    one.save_revision().publish()
    one = LessonPage.objects.get(pk=one.pk)
    quiz.submit(alice, one, "quiz-r", make.WRONG, version=seen)
    with pytest.raises(QuizError):
        quiz.submit(alice, one, "quiz-r", make.RIGHT, version=seen)


def test_a_version_that_was_not_shown_is_not_believed():
    assert quiz_display.unsign("0" * 64) == ""
    assert quiz_display.unsign(quiz_display.sign("abc") + "x") == ""


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_make_one_attempt(alice):
    one = lesson()
    key = view(alice, one).key
    together = Barrier(2)

    def send():
        together.wait(timeout=10)
        quiz.submit(alice, one, "quiz-r", make.RIGHT, key=key)
        connection.close()

    threads = [Thread(target=send) for _tab in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert QuizAttempt.objects.count() == 1


@given(
    posts=st.lists(
        st.tuples(st.sampled_from(["save", "submit"]), st.booleans()), max_size=6
    )
)
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_one_key_never_makes_two_attempts(alice, shared, posts):
    QuizAttempt.objects.all().delete()
    QuizDraft.objects.all().delete()
    key = view(alice, shared).key
    for kind, right in posts:
        answers = make.RIGHT if right else make.WRONG
        call = quiz.save if kind == "save" else quiz.submit
        call(alice, shared, "quiz-r", answers, key=key)
    sent = sum(kind == "submit" for kind, _right in posts)
    assert QuizAttempt.objects.count() == min(sent, 1)


@pytest.fixture
def shared():
    return lesson()


# -- shuffling -----------------------------------------------------------------


def many(**fields):
    options = [make.option(one, one, correct=one == "a") for one in "abcdefgh"]
    questions = [make.question(f"q{n}", "single", options=options) for n in range(8)]
    return lesson(questions=questions, **fields)


def order(shown):
    return [(q.id, tuple(option.id for option in q.options)) for q in shown.questions]


def test_an_attempt_keeps_its_order_and_the_next_has_another(alice):
    one = many(shuffle_questions=True, shuffle_options=True)
    first = order(view(alice, one))
    assert first == order(view(alice, one))
    quiz.save(alice, one, "quiz-r", {"q0": ["a"]})
    assert first == order(view(alice, one))
    answers = {f"q{n}": ["a"] for n in range(8)}
    attempt = quiz.submit(alice, one, "quiz-r", answers, key=view(alice, one).key)
    assert attempt.passed
    assert order(view(alice, one)) == first
    assert order(view(alice, one, again="quiz-r")) != first


def test_two_students_see_different_orders(alice, bob):
    one = many(shuffle_questions=True)
    assert order(view(alice, one)) != order(view(bob, one))
    assert {q for q, _options in order(view(alice, one))} == {f"q{n}" for n in range(8)}


def test_only_what_is_asked_for_is_shuffled(alice):
    straight = [f"q{n}" for n in range(8)]
    shown = view(alice, many(shuffle_options=True))
    assert [q.id for q in shown.questions] == straight
    assert {"".join(o.id for o in q.options) for q in shown.questions} != {"abcdefgh"}


# -- time limit ----------------------------------------------------------------


def test_a_quiz_with_a_time_limit_shows_nothing_before_the_start(alice):
    one = lesson(minutes=10)
    assert view(alice, one).waiting
    assert view(alice, one).questions == ()
    assert view(None, one).questions == ()
    with pytest.raises(QuizError):
        quiz.submit(alice, one, "quiz-r", make.RIGHT)
    with pytest.raises(QuizError):
        quiz.save(alice, one, "quiz-r", make.RIGHT)


def test_the_clock_runs_on_the_server_from_the_start(alice):
    one = lesson(minutes=10)
    draft = quiz.start(alice, one, "quiz-r", at())
    assert draft.closes_at == at(minutes=10)
    assert quiz.start(alice, one, "quiz-r", at(minutes=5)) == draft
    assert view(alice, one, now=at(minutes=6)).seconds_left == 240
    attempt = quiz.submit(alice, one, "quiz-r", make.RIGHT, now=at(minutes=9))
    assert (attempt.opened_at, attempt.passed) == (at(), True)


def test_answers_within_the_grace_count(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", at())
    attempt = quiz.submit(alice, one, "quiz-r", make.RIGHT, now=at(10, 14))
    assert attempt.passed


def test_too_late_counts_what_was_saved_in_time(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", at())
    quiz.save(alice, one, "quiz-r", {"q1": ["a"]}, now=at(9))
    attempt = quiz.submit(alice, one, "quiz-r", make.RIGHT, now=at(10, 16))
    assert attempt.results == {"q1": True, "q2": False, "q3": False}
    assert attempt.submitted_at == at(10)


def test_a_save_after_the_end_closes_the_attempt(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", at())
    assert quiz.save(alice, one, "quiz-r", make.RIGHT, now=at(11)) is None
    assert QuizAttempt.objects.get().score == 0


def test_the_clock_may_send_open_questions_but_only_at_the_end(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", at())
    with pytest.raises(QuizError):
        quiz.submit(alice, one, "quiz-r", {"q1": ["a"]}, now=at(9))
    attempt = quiz.submit(alice, one, "quiz-r", {"q1": ["a"]}, now=at(10))
    assert attempt.results == {"q1": True, "q2": False, "q3": False}


def test_whoever_comes_back_too_late_finds_the_result(alice):
    one = lesson(minutes=10, attempts=1)
    quiz.start(alice, one, "quiz-r", at())
    quiz.save(alice, one, "quiz-r", make.RIGHT, now=at(3))
    shown = view(alice, one, now=at(60))
    assert shown.attempt.passed
    assert ItemProgress.objects.get(user=alice).state == "done"


def test_an_attempt_nobody_came_back_to_is_graded_by_the_clock(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", now() - timedelta(minutes=11))
    assert tasks.close_quizzes() == 1
    assert tasks.close_quizzes() == 0
    assert QuizAttempt.objects.get().score == 0


def test_a_running_clock_keeps_the_quiz_it_began_with(alice):
    one = lesson(minutes=10)
    quiz.start(alice, one, "quiz-r", at())
    only = [make.question("q3", "numeric", answer="7")]
    one.body = [make.quiz(questions=only)]
    one.save_revision().publish()
    one = LessonPage.objects.get(pk=one.pk)
    assert len(view(alice, one, now=at(1)).questions) == 3
    attempt = quiz.submit(alice, one, "quiz-r", make.RIGHT, now=at(2))
    assert len(attempt.results) == 3
