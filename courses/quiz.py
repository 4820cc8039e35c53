"""Quizzes: what the student sees, how answers are graded, what is kept.

The key (which options are right, numbers, feedback) stays on the server until an answer
was graded, and then only the feedback of what was chosen is shown.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _

from accounts.models import User
from courses import progress, quiz_versions, registry
from courses.models import Item, ItemProgress, LessonPage, QuizAttempt, QuizVersion
from courses.quiz_versions import Content

type Answers = dict[str, Any]  # question id -> [option ids], or a number as text
HUNDRED = Decimal(100)
NUMBER_LENGTH = 40


class QuizError(Exception):
    """An answer that cannot be graded; its text says why, in the reader's language."""


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    chosen: bool = False
    feedback: str = ""


@dataclass(frozen=True)
class Question:
    """right: None until graded."""

    id: str
    kind: str
    text: str
    options: tuple[Option, ...]
    number: str = ""
    right: bool | None = None
    feedback: str = ""


@dataclass(frozen=True)
class QuizView:
    """A quiz as one person may see it. left: attempts that remain, None without limit."""

    block_id: str
    version: str
    title: str
    pass_mark: int
    questions: tuple[Question, ...]
    attempt: QuizAttempt | None = None
    left: int | None = None
    key: str = ""
    error: str = ""

    @property
    def score(self) -> int:
        """Percent of the last attempt, rounded down."""
        return int(self.attempt.score) if self.attempt else 0

    @property
    def may_answer(self) -> bool:
        return self.left is None or self.left > 0


@dataclass(frozen=True)
class Grade:
    results: dict[str, bool]
    score: Decimal
    passed: bool


def unanswered(block: Any, block_id: str = "preview") -> QuizView:
    """A quiz block's value as a stranger may see it: no key, no feedback."""
    content = quiz_versions.content_of(block)
    return _view(content, block_id, version=quiz_versions.digest(content))


def grade(content: Content, answers: Answers) -> Grade:
    """Mark each question right or wrong; the score is the share of right ones, 0..100."""
    results = {
        question["id"]: _is_right(question, answers.get(question["id"]))
        for question in content["questions"]
    }
    score = HUNDRED * sum(results.values()) / max(len(results), 1)
    score = Decimal(score).quantize(Decimal("0.0001"))
    return Grade(results, score, passed=score >= content["pass_mark"])


def read_answers(content: Content, posted: Mapping[str, list[str]]) -> Answers:
    """The answers of a posted form, checked against the quiz.

    Raises QuizError for a question left open, an unknown option or not a number.
    """
    answers: Answers = {}
    for place, question in enumerate(content["questions"], start=1):
        given = [text.strip() for text in posted.get(question["id"], [])]
        if question["kind"] == "numeric":
            answers[question["id"]] = _number_text(given, place)
        else:
            answers[question["id"]] = _choices(question, given, place)
    return answers


@transaction.atomic
def submit(
    user: User,
    lesson: LessonPage,
    block_id: str,
    posted: Mapping[str, list[str]],
    *,
    version: str = "",
    key: str = "",
    now: datetime | None = None,
) -> QuizAttempt:
    """Grade and keep one attempt; the same key again gives the attempt it made before.

    version: the sha256 the student saw, so that an edit meanwhile does not matter.
    Raises QuizError when it cannot be graded or no attempts are left, KeyError when the
    lesson has no such quiz. The caller has asked courses.access.
    """
    moment = now or current_time()
    item = registry.item_of(lesson)
    seen = _version(lesson, item, block_id, version)
    identity = _uuid(key)
    progress.open_lesson(user, lesson, moment)
    ItemProgress.objects.select_for_update().get(user=user, item=item)  # one at a time
    known = QuizAttempt.objects.filter(user=user, idempotency_key=identity).first()
    if known:
        return known
    earlier = QuizAttempt.objects.filter(
        user=user, item=item, block_id=block_id
    ).count()
    limit = seen.content["attempts"]
    if limit and earlier >= limit:
        raise QuizError(_("You have no attempts left."))
    answers = read_answers(seen.content, posted)
    graded = grade(seen.content, answers)
    attempt = QuizAttempt.objects.create(
        user=user,
        item=item,
        block_id=block_id,
        n=earlier + 1,
        version=seen,
        answers=answers,
        results=graded.results,
        score=graded.score,
        passed=graded.passed,
        submitted_at=moment,
        idempotency_key=identity,
    )
    progress.quiz_answered(user, lesson, passed=graded.passed, now=moment)
    return attempt


def views_of(
    user: User | None, lesson: LessonPage, *, again: str = ""
) -> dict[str, QuizView]:
    """Every quiz of the lesson as this person sees it, by block id. One query.

    again: block id of the quiz the student wants to answer once more.
    """
    blocks = dict(quiz_versions.blocks_of(lesson))
    if not blocks:
        return {}
    attempts: dict[str, list[QuizAttempt]] = {block_id: [] for block_id in blocks}
    if user is not None:
        for attempt in QuizAttempt.objects.filter(
            user=user, item=lesson.key, block_id__in=blocks
        ).select_related("version"):
            attempts[attempt.block_id].append(attempt)
    return {
        block_id: view_of(block, block_id, attempts[block_id], again=again == block_id)
        for block_id, block in blocks.items()
    }


def view_of(
    block: Any, block_id: str, attempts: list[QuizAttempt], *, again: bool = False
) -> QuizView:
    """The quiz after these attempts (oldest first): the last one's result, if any."""
    content = quiz_versions.content_of(block)
    left = max(content["attempts"] - len(attempts), 0) if content["attempts"] else None
    last = attempts[-1] if attempts and not (again and left != 0) else None
    today = quiz_versions.digest(content)
    if last and not quiz_versions.same_key(last.version.content, content):
        content = (
            last.version.content
        )  # what was answered; else today's words, any language
    return _view(
        content,
        block_id,
        version=today,
        attempt=last,
        left=left,
    )


def _view(content: Content, block_id: str, *, version: str, **fields: Any) -> QuizView:
    attempt: QuizAttempt | None = fields.get("attempt")
    return QuizView(
        block_id=block_id,
        version=version,
        title=content["title"],
        pass_mark=content["pass_mark"],
        questions=tuple(_question(one, attempt) for one in content["questions"]),
        key=str(uuid.uuid4()),
        **fields,
    )


def _question(question: Content, attempt: QuizAttempt | None) -> Question:
    given = attempt.answers.get(question["id"]) if attempt else None
    chosen = given if isinstance(given, list) else []
    return Question(
        id=question["id"],
        kind=question["kind"],
        text=question["text"],
        options=tuple(
            Option(
                option["id"],
                option["text"],
                chosen=option["id"] in chosen,
                feedback=option["feedback"] if option["id"] in chosen else "",
            )
            for option in question["options"]
        ),
        number=given if isinstance(given, str) else "",
        right=attempt.results.get(question["id"]) if attempt else None,
        feedback=question["feedback"] if attempt else "",
    )


def _is_right(question: Content, given: Any) -> bool:
    if question["kind"] == "numeric":
        wanted = Decimal(question["answer"])
        tolerance = Decimal(question["tolerance"] or "0")
        return any(abs(one - wanted) <= tolerance for one in readings(given or ""))
    correct = {option["id"] for option in question["options"] if option["correct"]}
    return set(given or []) == correct


def _number_text(given: list[str], place: int) -> str:
    """What was typed, if it reads as a number."""
    text = (given or [""])[0][:NUMBER_LENGTH]
    if not readings(text):
        raise QuizError(_("Question %(place)s: write a number.") % {"place": place})
    return text


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


def _choices(question: Content, given: list[str], place: int) -> list[str]:
    known = [option["id"] for option in question["options"]]
    chosen = [one for one in known if one in given]
    if len(chosen) != len(set(given)) or (
        question["kind"] == "single" and len(chosen) > 1
    ):
        raise QuizError(
            _("Question %(place)s has changed: reload the page.") % {"place": place}
        )
    if not chosen:
        raise QuizError(_("Question %(place)s: choose an answer.") % {"place": place})
    return chosen


def _version(lesson: LessonPage, item: Item, block_id: str, seen: str) -> QuizVersion:
    """The version the student saw, if it was ever published; else today's."""
    block = dict(quiz_versions.blocks_of(lesson))[block_id]
    known = QuizVersion.objects.filter(
        item=item, block_id=block_id, sha256=seen
    ).first()
    return known or quiz_versions.version_of(
        item, block_id, quiz_versions.content_of(block)
    )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
