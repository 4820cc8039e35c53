"""Reading and marking answers. Pure: the same content and answers give the same marks.

Marks depend on the ids of options, never on their order or words, so shuffling and
translating a quiz change nothing.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from courses.quiz_versions import Content

type Answers = dict[str, Any]  # question id -> [option ids], or what was typed
HUNDRED = Decimal(100)
TYPED_LENGTH = {"numeric": 40, "short": 200}
TILDE = "\u0303"  # ñ is a letter of its own, not an n with an accent


class QuizError(Exception):
    """Answers that cannot be graded; the text says why, in the reader's language.

    by_question: what is wrong with each question that is to blame, by its id, unnumbered:
    a shuffled quiz numbers them as it shows them.
    """

    def __init__(self, text: str, by_question: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.by_question = by_question or {}


@dataclass(frozen=True)
class Grade:
    """score: percent 0..100, the share of questions that are right."""

    results: dict[str, bool]
    score: Decimal
    passed: bool


def grade(content: Content, answers: Answers, others: Sequence[Content] = ()) -> Grade:
    """Mark each question right or wrong.

    others: the quiz in its other languages; a short answer may be given in any of them.
    """
    results = {
        question["id"]: is_right(question, answers.get(question["id"]), others)
        for question in content["questions"]
    }
    return grade_of(results, content["pass_mark"])


def grade_of(results: dict[str, bool], pass_mark: int) -> Grade:
    score = HUNDRED * sum(results.values()) / max(len(results), 1)
    score = Decimal(score).quantize(Decimal("0.0001"))
    return Grade(results, score, passed=score >= pass_mark)


def is_right(question: Content, given: Any, others: Sequence[Content] = ()) -> bool:
    """Whether this answer (absent: None) is right."""
    if question["kind"] == "numeric":
        wanted = Decimal(question["answer"])
        tolerance = Decimal(question["tolerance"] or "0")
        return any(abs(one - wanted) <= tolerance for one in readings(str(given or "")))
    if question["kind"] == "short":
        return _is_accepted(question, str(given or ""), others)
    correct = {option["id"] for option in question["options"] if option["correct"]}
    return isinstance(given, list) and set(given) == correct


def _is_accepted(question: Content, given: str, others: Sequence[Content]) -> bool:
    translated = [
        one
        for content in others
        for one in content["questions"]
        if one["id"] == question["id"] and one["kind"] == "short"
    ]
    return any(
        _plain(given, exact=one["exact"])
        == _plain(accepted["text"], exact=one["exact"])
        for one in (question, *translated)
        for accepted in one["accepted"]
    )


def _plain(text: str, *, exact: bool) -> str:
    """What is compared: without case, accents and spaces unless it must be exact."""
    if exact:
        return unicodedata.normalize("NFC", text.strip())
    letters = unicodedata.normalize("NFKD", "".join(text.split()).casefold())
    kept = ""
    for letter in letters:
        if not unicodedata.combining(letter) or (letter == TILDE and kept[-1:] == "n"):
            kept += letter
    return kept


def readings(text: str) -> set[Decimal]:
    """The numbers a text may mean: "1,5" is 1.5; "1.500" is 1.5 or 1500; empty if none."""
    plain = re.sub(r"[\s%€$+]", "", text).replace("\u2212", "-")
    found = set()
    if re.fullmatch(r"-?\d+([.,]\d+)?", plain):
        found.add(Decimal(plain.replace(",", ".")))
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        found.add(Decimal(plain.replace(",", "")))
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", plain):
        found.add(Decimal(plain.replace(".", "").replace(",", ".")))
    return found


def read_answers(content: Content, posted: Mapping[str, list[str]]) -> Answers:
    """The answers of a posted form, complete and checked against the quiz.

    Raises QuizError for questions left open, unknown options and what is not a number.
    """
    answers = keep_known(content, posted)
    problems = {}
    for question in content["questions"]:
        given = [text.strip() for text in posted.get(question["id"], [])]
        problem = _problem(question, given, answers.get(question["id"]))
        if problem:
            problems[question["id"]] = problem
    if problems:
        order = [question["id"] for question in content["questions"]]
        raise QuizError(numbered(problems, order), problems)
    return answers


def numbered(problems: Mapping[str, str], order: Sequence[str]) -> str:
    """The problems as one text, numbered by the place of the questions in this order."""
    return " ".join(
        _("Question %(place)s: %(problem)s")
        % {"place": place, "problem": problems[one]}
        for place, one in enumerate(order, start=1)
        if one in problems
    )


def keep_known(content: Content, posted: Mapping[str, list[str]]) -> Answers:
    """What of a posted form belongs to this quiz; unanswered questions are left out."""
    answers: Answers = {}
    for question in content["questions"]:
        given = [text.strip() for text in posted.get(question["id"], [])]
        if question["kind"] in TYPED_LENGTH:
            answer: Any = (given or [""])[0][: TYPED_LENGTH[question["kind"]]]
        else:
            known = (option["id"] for option in question["options"])
            answer = [one for one in known if one in given]
        if answer:
            answers[question["id"]] = answer
    return answers


def _problem(question: Content, given: list[str], answer: Any) -> str:
    """What is wrong with one answer, in a few words; empty when it can be graded."""
    if question["kind"] == "short":
        return "" if answer else _("write your answer.")
    if question["kind"] == "numeric":
        return _number_problem(answer or "")
    if len(answer or []) != len(set(given)) or (
        question["kind"] == "single" and len(given) > 1
    ):
        return _("it has changed, reload the page.")
    return "" if answer else _("choose an answer.")


def _number_problem(text: str) -> str:
    if readings(text):
        return ""
    if re.fullmatch(r"\s*-?\d+([.,]\d+)?\s*[/\u2044]\s*\d+.*", text):
        return _("write a decimal number, such as 0.5, not a fraction.")
    return _("write a number.")
