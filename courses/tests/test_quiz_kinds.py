"""Kinds of questions: what counts as right, what is refused, what editors must fill in."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from courses import quiz_grading, quiz_versions
from courses.quiz_blocks import QuestionBlock, QuizBlock
from courses.tests import make


def content(*questions, **fields):
    """The content of a quiz block with these questions."""
    block = QuizBlock()
    raw = make.quiz(questions=list(questions), **fields)["value"]
    return quiz_versions.content_of(block.bulk_to_python([raw])[0])


def short(*texts, **fields):
    accepted = make.accepted(**{f"w{n}": text for n, text in enumerate(texts)})
    return make.question("q1", "short", accepted=accepted, **fields)


def is_right(question, given):
    return quiz_grading.grade(content(question), {"q1": given}).results["q1"]


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("Stop loss", True),
        ("  stop   LOSS ", True),
        ("stoploss", True),
        ("Pérdida máxima", True),
        ("perdida maxima", True),
        ("stop", False),
        ("", False),
    ],
)
def test_a_short_answer_is_read_kindly(given, right):
    assert is_right(short("stop loss", "pérdida máxima"), given) is right


def test_enye_is_a_letter_and_not_an_accent():
    assert is_right(short("caña"), "CAÑA")
    assert not is_right(short("caña"), "cana")


@pytest.mark.parametrize(
    ("given", "right"),
    [("BTC", True), (" BTC ", True), ("btc", False), ("B TC", False)],
)
def test_a_short_answer_can_be_compared_exactly(given, right):
    assert is_right(short("BTC", exact=True), given) is right


def test_a_short_answer_is_right_in_any_language_of_the_quiz():
    spanish, english = content(short("riesgo")), content(short("risk"))
    assert quiz_grading.grade(english, {"q1": "riesgo"}, [spanish]).results["q1"]
    assert not quiz_grading.grade(english, {"q1": "riesgo"}).results["q1"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1/2", "Question 1: write a decimal number, such as 0.5, not a fraction."),
        ("-1 / 2", "Question 1: write a decimal number, such as 0.5, not a fraction."),
        ("half", "Question 1: write a number."),
        ("", "Question 1: write a number."),
    ],
)
def test_what_is_no_number_is_refused_with_the_remedy(typed, words):
    one = content(make.question("q1", "numeric", answer="0.5"))
    with pytest.raises(quiz_grading.QuizError, match="Question 1") as refused:
        quiz_grading.read_answers(one, {"q1": [typed]})
    assert str(refused.value) == words
    assert refused.value.by_question == {"q1": words.removeprefix("Question 1: ")}


@pytest.mark.parametrize(
    "typed", ["1234.5", "1234,5", "1,234.5", "1.234,5", "1 234,5", "1\u202f234,5"]
)
def test_numbers_are_right_however_they_are_written(typed):
    assert is_right(make.question("q1", "numeric", answer="1234.5"), typed)


def test_every_problem_is_named_at_once():
    one = content(
        make.question("q1", "numeric", answer="1"), make.question("q2", "short")
    )
    with pytest.raises(quiz_grading.QuizError) as refused:
        quiz_grading.read_answers(one, {})
    assert list(refused.value.by_question) == ["q1", "q2"]
    assert str(refused.value) == (
        "Question 1: write a number. Question 2: write your answer."
    )


def refusal(question):
    """The fields and words with which the editor is refused."""
    block = QuestionBlock()
    with pytest.raises(ValidationError) as refused:
        block.clean(block.to_python(question["value"]))
    return {name: error.messages for name, error in refused.value.block_errors.items()}


OPTIONS = [make.option("a", "One", correct=True), make.option("b", "Two")]
BOTH = [make.option("a", "One", correct=True), make.option("b", "Two", correct=True)]
NONE = [make.option("a", "One"), make.option("b", "Two")]


@pytest.mark.parametrize(
    ("question", "field", "words"),
    [
        (make.question("q", "single", options=BOTH), "options", "mark only one option"),
        (make.question("q", "single", options=NONE), "options", "mark the correct"),
        (make.question("q", "multiple", options=NONE), "options", "mark the correct"),
        (make.question("q", "single", options=OPTIONS[:1]), "options", "at least two"),
        (make.question("q", "short"), "accepted", "add an accepted answer"),
        (make.question("q", "numeric"), "answer", "write the correct number"),
    ],
)
def test_editors_are_told_which_question_lacks_a_key(question, field, words):
    found = refusal(question)
    assert list(found) == [field]
    assert words in found[field][0]
    assert "“Question q”" in found[field][0]


@pytest.mark.parametrize(
    "question",
    [
        make.question("q", "single", options=OPTIONS),
        make.question("q", "multiple", options=BOTH),
        make.question("q", "short", accepted=make.accepted(w="risk")),
        make.question("q", "numeric", answer=Decimal("1.5")),
    ],
)
def test_a_question_with_a_key_is_accepted(question):
    block = QuestionBlock()
    block.clean(block.to_python(question["value"]))


# -- properties ----------------------------------------------------------------

CHOICES = st.sets(st.sampled_from("abcd"))


@st.composite
def quizzes(draw):
    """A quiz of mixed kinds and answers to it, sensible or not."""
    questions, answers = [], {}
    for n in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["single", "multiple", "short", "numeric"]))
        correct = draw(st.sampled_from("abcd"))
        options = [make.option(one, one, correct=one == correct) for one in "abcd"]
        fields = {
            "short": {"accepted": make.accepted(w=draw(st.text(max_size=5)))},
            "numeric": {"answer": str(draw(st.decimals(-9, 9, places=2)))},
        }.get(kind, {"options": options})
        questions.append(make.question(f"q{n}", kind, **fields))
        typed = draw(st.text(max_size=8) | st.just("1,5"))
        answers[f"q{n}"] = typed if kind in fields else sorted(draw(CHOICES))
        if kind in ("short", "numeric"):
            answers[f"q{n}"] = typed
    return content(*questions, pass_mark=draw(st.integers(0, 100))), answers


@given(quizzes(), st.randoms())
def test_grading_is_the_same_each_time_and_in_any_order(quiz, random):
    one, answers = quiz
    first = quiz_grading.grade(one, answers)
    assert 0 <= first.score <= 100
    shuffled = {
        **one,
        "questions": random.sample(one["questions"], len(one["questions"])),
    }
    for question in shuffled["questions"]:
        random.shuffle(question["options"])
    again = quiz_grading.grade(shuffled, answers)
    assert (again.results, again.score, again.passed) == (
        first.results,
        first.score,
        first.passed,
    )


@given(st.text(max_size=30))
def test_any_text_reads_as_numbers_or_not_at_all(text):
    assert all(number.is_finite() for number in quiz_grading.readings(text))
