"""A quiz as one person may see it: before, during and after an attempt.

The key (which options are right, numbers, feedback) stays on the server until an answer
was graded, and then only the feedback of what was chosen is shown.
"""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils.timezone import now as current_time

from courses import quiz_versions
from courses.models import QuizAttempt, QuizDraft
from courses.quiz_grading import Answers
from courses.quiz_versions import Content

KEYS = uuid.UUID("8a1f8a0e-52a3-5d5c-9d0a-0b7c3f0f4c57")
SEEN_SALT = "courses.quiz.seen"
SEEN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    chosen: bool = False
    feedback: str = ""


@dataclass(frozen=True)
class Question:
    """typed: a number or words, as written. right: None until graded. error: what is
    wrong with the answer that was sent."""

    id: str
    kind: str
    text: str
    options: tuple[Option, ...]
    typed: str = ""
    right: bool | None = None
    feedback: str = ""
    error: str = ""

    @property
    def chose(self) -> bool:
        return any(option.chosen for option in self.options)


@dataclass(frozen=True)
class QuizView:
    """A quiz as one person may see it. left: attempts that remain, None without limit.

    before: the last result while another attempt is under way.
    waiting: a time limit that has not been started; the questions are not shown yet.
    seen: signed version, proves for a day what the student was shown. key: identity of the
    coming attempt. explanation: only after grading.
    """

    block_id: str
    title: str
    pass_mark: int
    minutes: int
    questions: tuple[Question, ...]
    seen: str
    explanation: str = ""
    attempt: QuizAttempt | None = None
    before: QuizAttempt | None = None
    draft: QuizDraft | None = None
    left: int | None = None
    key: str = ""
    waiting: bool = False
    moment: datetime = field(default_factory=current_time)

    @property
    def score(self) -> int:
        """Percent of the last attempt, rounded down."""
        return int(self.attempt.score) if self.attempt else 0

    @property
    def may_answer(self) -> bool:
        return self.left is None or self.left > 0

    @property
    def closes_at(self) -> datetime | None:
        return self.draft.closes_at if self.draft else None

    @property
    def seconds_left(self) -> int | None:
        """Until the time limit, None without one."""
        if self.closes_at is None:
            return None
        return max(int((self.closes_at - self.moment).total_seconds()), 0)


@dataclass(frozen=True)
class Standing:
    """What one person did in one quiz so far. attempts: oldest first."""

    attempts: tuple[QuizAttempt, ...] = ()
    draft: QuizDraft | None = None
    person: str = ""

    @property
    def next_key(self) -> uuid.UUID:
        """Identity of the coming attempt: the same in every tab and on every device."""
        return attempt_key(self.person, self.attempts[-1].n + 1 if self.attempts else 1)


def attempt_key(person: str, n: int) -> uuid.UUID:
    """person: names the student and the quiz, see quiz.person_of."""
    return uuid.uuid5(KEYS, f"{person}/{n}")


def unanswered(block: Any, block_id: str = "preview") -> QuizView:
    """A quiz block's value as a stranger may see it: no key, no feedback."""
    return _shown(quiz_versions.content_of(block), block_id)


def of_standing(
    content: Content,
    block_id: str,
    standing: Standing,
    *,
    again: bool = False,
    errors: dict[str, str] | None = None,
    now: datetime | None = None,
) -> QuizView:
    """The quiz after these attempts: an open one to answer, or the last one's result.

    content: today's. An attempt shows the words it was answered in, unless today's differ
    in words only: then those of the page's language.
    """
    moment = now or current_time()
    limit, taken = content["attempts"], len(standing.attempts)
    left = max(limit - taken, 0) if limit else None
    draft = standing.draft if left != 0 else None
    answering = draft is not None or (again and left != 0)
    last = standing.attempts[-1] if standing.attempts and not answering else None
    minutes = content.get("minutes", 0)
    waiting = bool(minutes) and last is None and draft is None
    key = draft.key if draft else standing.next_key
    return _shown(
        _words(content, last, draft),
        block_id,
        seed=last.idempotency_key if last else key,
        saved=draft.answers if draft else None,
        errors=errors or {},
        attempt=last,
        draft=draft,
        left=left,
        before=standing.attempts[-1] if draft and standing.attempts else None,
        key=str(key),
        minutes=minutes,
        waiting=waiting,
        moment=moment,
    )


def _words(
    content: Content, last: QuizAttempt | None, draft: QuizDraft | None
) -> Content:
    """The version whose words are shown. A time limit keeps the version it began with."""
    began = last or (draft if draft and draft.closes_at else None)
    if began and not quiz_versions.same_key(began.version.content, content):
        answered: Content = began.version.content
        return answered
    return content


def sign(sha256: str) -> str:
    return signing.TimestampSigner(salt=SEEN_SALT).sign(sha256)


def unsign(seen: str) -> str:
    """The sha256 of a version this site showed within a day; empty for anything else."""
    try:
        return signing.TimestampSigner(salt=SEEN_SALT).unsign(
            seen, max_age=SEEN_SECONDS
        )
    except signing.BadSignature:
        return ""


def _shown(
    content: Content,
    block_id: str,
    *,
    seed: uuid.UUID | None = None,
    saved: Answers | None = None,
    errors: dict[str, str] | None = None,
    **fields: Any,
) -> QuizView:
    attempt: QuizAttempt | None = fields.get("attempt")
    answers = attempt.answers if attempt else saved or {}
    questions = [
        _question(one, answers, attempt, (errors or {}).get(one["id"], ""), seed)
        if content.get("shuffle_options")
        else _question(one, answers, attempt, (errors or {}).get(one["id"], ""))
        for one in content["questions"]
    ]
    if seed and content.get("shuffle_questions"):
        _shuffle(questions, seed, "")
    return QuizView(
        block_id=block_id,
        title=content["title"],
        pass_mark=content["pass_mark"],
        questions=() if fields.get("waiting") else tuple(questions),
        seen=sign(quiz_versions.digest(content)),
        explanation=content.get("explanation", "") if attempt else "",
        **{"minutes": content.get("minutes", 0), **fields},
    )


def _question(
    question: Content,
    answers: Answers,
    attempt: QuizAttempt | None,
    error: str,
    seed: uuid.UUID | None = None,
) -> Question:
    given = answers.get(question["id"])
    chosen = given if isinstance(given, list) else []
    options = [
        Option(
            option["id"],
            option["text"],
            chosen=option["id"] in chosen,
            feedback=option["feedback"] if attempt and option["id"] in chosen else "",
        )
        for option in question["options"]
    ]
    if seed:
        _shuffle(options, seed, question["id"])
    return Question(
        id=question["id"],
        kind=question["kind"],
        text=question["text"],
        options=tuple(options),
        typed=given if isinstance(given, str) else "",
        right=attempt.results.get(question["id"]) if attempt else None,
        feedback=question["feedback"] if attempt else "",
        error=error,
    )


def _shuffle(rows: list[Any], seed: uuid.UUID, part: str) -> None:
    """In place; always the same order for the same attempt."""
    random.Random(f"{seed}/{part}").shuffle(rows)  # noqa: S311  an order, not a secret
