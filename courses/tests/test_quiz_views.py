"""The student's doors to a quiz: with htmx, without JavaScript, on two devices."""

import pytest
from django.urls import reverse

from courses import enrolment, quiz
from courses.models import Course, ModulePage, QuizAttempt, QuizDraft
from courses.tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def course():
    return make.course(lessons=1)


@pytest.fixture
def make_lesson(course, alice):
    enrolment.enrol(alice, Course.objects.get(key=course.translation_key))

    def of(**fields):
        module = ModulePage.objects.child_of(course).get()
        return make.lesson(
            module, title="Quiz", completion="quiz", body=[make.quiz(**fields)]
        )

    return of


@pytest.fixture
def browser(alice, client_of):
    return client_of(alice)


def url(name, lesson):
    address = reverse(f"courses:{name}", args=[lesson.pk, "quiz-r"])
    return address.replace("/es/", "/en/")


def posted(answers, **more):
    return {**{f"q-{name}": value for name, value in answers.items()}, **more}


def text(answer):
    return " ".join(answer.content.decode().split())


def test_saving_with_htmx_answers_with_the_moment_and_the_number(browser, make_lesson):
    one = make_lesson()
    answer = browser.post(
        url("quiz-save", one), posted({"q1": ["b"]}, seq=0), headers=HTMX
    )
    assert "Saved (" in text(answer)
    assert 'id="quiz-seq-quiz-r" value="1" hx-swap-oob="true"' in text(answer)


def test_a_saved_quiz_is_filled_in_when_the_page_opens_again(browser, make_lesson):
    one = make_lesson()
    answer = browser.post(
        url("quiz-save", one), posted({"q1": ["b"], "q3": ["4,5"]}), follow=True
    )
    page = text(answer)
    assert "Your answers are saved" in page
    assert 'value="b" checked' in page
    assert 'value="4,5"' in page


def test_an_answer_that_cannot_be_graded_is_kept_and_explained(browser, make_lesson):
    one = make_lesson()
    answer = browser.post(
        url("quiz", one), posted({"q1": ["a"], "q3": ["1/2"]}), headers=HTMX
    )
    page = text(answer)
    assert 'role="alert"' in page
    assert "Question 3: write a decimal number, such as 0.5, not a fraction." in page
    assert 'aria-describedby="quiz-r-q3-error"' in page
    assert 'value="a" checked' in page
    assert 'value="1/2"' in page
    assert not QuizAttempt.objects.exists()


def test_a_shuffled_quiz_numbers_its_problems_as_it_shows_them(
    browser, alice, make_lesson
):
    rows = [make.question(f"q{n}", "numeric", answer="1") for n in range(6)]
    one = make_lesson(questions=rows, shuffle_questions=True)
    shown = quiz.views_of(alice, one)["quiz-r"].questions
    assert [question.id for question in shown] != [row["id"] for row in rows]
    given = {question.id: ["1"] for question in shown[1:]}
    page = text(browser.post(url("quiz", one), posted(given), headers=HTMX))
    assert "Question 1: write a number." in page
    assert "Question 1: write" in text(
        browser.post(url("quiz", one), posted(given), follow=True)
    )


def test_the_focus_moves_to_the_result(browser, make_lesson):
    one = make_lesson()
    page = text(browser.post(url("quiz", one), posted(make.RIGHT), headers=HTMX))
    assert '<div class="quiz-outcome" tabindex="-1" autofocus>' in page


def test_a_save_after_sending_elsewhere_shows_the_result(browser, alice, make_lesson):
    one = make_lesson()
    key = quiz.views_of(alice, one)["quiz-r"].key
    quiz.submit(alice, one, "quiz-r", make.RIGHT, key=key)
    answer = browser.post(
        url("quiz-save", one), posted({"q1": ["b"]}, key=key), headers=HTMX
    )
    assert answer["HX-Retarget"] == "#quiz-quiz-r"
    assert answer["HX-Reswap"] == "outerHTML"
    assert "Passed with 100%" in text(answer)


def test_a_time_limit_starts_with_a_button(browser, make_lesson):
    one = make_lesson(minutes=10, attempts=2)
    page = text(browser.get(one.url))
    assert "You have 10 minutes from the start." in page
    assert "Question q1" not in page
    started = text(browser.post(url("quiz-start", one), follow=True))
    assert "Question q1" in started
    assert "Ends at" in started
    assert 'data-quiz-clock="' in started


def test_starting_without_attempts_says_so(browser, alice, make_lesson):
    one = make_lesson(attempts=1)
    quiz.submit(alice, one, "quiz-r", make.WRONG)
    answer = browser.post(url("quiz-start", one), follow=True)
    assert "You have no attempts left." in text(answer)
    assert not QuizDraft.objects.exists()


def test_another_attempt_can_be_left(browser, alice, make_lesson):
    one = make_lesson()
    quiz.submit(alice, one, "quiz-r", make.RIGHT)
    quiz.save(alice, one, "quiz-r", {"q1": ["b"]})
    assert "Your last result: 100%." in text(browser.get(one.url))
    answer = browser.post(url("quiz-discard", one), follow=True)
    assert "Passed with 100%" in text(answer)


def test_the_general_explanation_waits_for_the_result(browser, alice, make_lesson):
    one = make_lesson(explanation="R is the money at risk.")
    assert "money at risk" not in text(browser.get(one.url))
    quiz.submit(alice, one, "quiz-r", make.WRONG)
    assert "money at risk" in text(browser.get(one.url))


@pytest.mark.parametrize("name", ["quiz", "quiz-start", "quiz-save", "quiz-discard"])
def test_strangers_do_nothing(client, bob, client_of, make_lesson, name):
    one = make_lesson()
    assert "/login/" in client.post(url(name, one))["Location"]
    assert client_of(bob).post(url(name, one)).status_code == 403
    assert client_of(bob).get(url(name, one)).status_code == 405


@pytest.mark.parametrize("seq", ["-1", "x", "9" * 30, "²"])
def test_a_strange_number_of_the_save_is_ignored(browser, make_lesson, seq):
    one = make_lesson()
    answer = browser.post(url("quiz-save", one), posted({"q1": ["a"]}, seq=seq))
    assert answer.status_code == 302
    assert QuizDraft.objects.get().answers == {"q1": ["a"]}


def test_a_lesson_page_with_a_quiz_reads_it_in_one_statement(
    alice, make_lesson, django_assert_num_queries
):
    one = make_lesson()
    made = quiz.submit(alice, one, "quiz-r", make.WRONG)
    kept = quiz.save(alice, one, "quiz-r", {"q3": ["1.4"]})
    with django_assert_num_queries(1):
        view = quiz.views_of(alice, one)["quiz-r"]
        assert (view.before, view.draft) == (made, kept)
        assert view.before.version.content == made.version.content
    made.refresh_from_db()
    for field in made._meta.concrete_fields:
        given, known = (getattr(row, field.attname) for row in (view.before, made))
        assert (given, type(given)) == (known, type(known)), field
