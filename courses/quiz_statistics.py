"""How hard each question is and how well it tells strong answers from weak ones.

For reports: `of_items(keys)` reads any number of lessons in two statements.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import sqrt
from typing import Any

from django.db.models import Count, Q

from courses.models import QuizAttempt, QuizVersion

type Place = tuple[uuid.UUID, str]  # item key, block id
TENTH = Decimal("0.1")
THOUSANDTH = Decimal("0.001")
COMMON_ANSWERS = 10


@dataclass(frozen=True)
class OptionShare:
    """How often one option was chosen in first attempts.

    share: percent 0..100 of the first attempts, None without any. For a number or a short
    answer the rows are the most common answers as typed: id is "", correct whether that
    answer was marked right.
    """

    id: str
    text: str
    correct: bool
    chosen: int
    share: Decimal | None


@dataclass(frozen=True)
class QuestionStatistics:
    """One question of one quiz, over all versions that have it.

    attempts: submitted attempts that had the question, repeated ones included.
    first_attempts: students counted below, each with their first attempt.
    right: how many of those were right. share_right: percent 0..100 with one decimal,
    None without first attempts. discrimination: point-biserial correlation -1..1 between
    getting this question right and the share of the other questions right; None when
    undefined (under two students, one question only, or everybody did the same).
    options: in the order of the quiz; most common first for typed answers.
    """

    item: uuid.UUID
    block_id: str
    quiz_title: str
    question_id: str
    kind: str
    text: str
    attempts: int
    first_attempts: int
    right: int
    share_right: Decimal | None
    discrimination: Decimal | None
    options: tuple[OptionShare, ...]


@dataclass
class _Question:
    """A question while its answers are counted; content is that of its newest version."""

    place: Place
    title: str
    content: dict[str, Any]
    attempts: int = 0
    marks: list[tuple[bool, Decimal | None]] = field(default_factory=list)
    chosen: Counter[str] = field(default_factory=Counter)
    typed_right: set[str] = field(default_factory=set)


def of_items(
    keys: Iterable[uuid.UUID],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[QuestionStatistics]:
    """Every question ever published in these lessons (Item keys), in two statements.

    since, until: only attempts submitted in that time (until is exclusive). Ordered by
    lesson as given, then by quiz and question as in the newest version.
    """
    wanted = list(keys)
    period: dict[str, Any] = {}
    if since:
        period["submitted_at__gte"] = since
    if until:
        period["submitted_at__lt"] = until
    questions = _questions(wanted, period)
    _count(questions, wanted, period)
    order = {key: place for place, key in enumerate(wanted)}
    rows = sorted(questions.values(), key=lambda one: order[one.place[0]])
    return [_statistics(one) for one in rows]


def _questions(
    keys: list[uuid.UUID], period: dict[str, Any]
) -> dict[tuple[Place, str], _Question]:
    """By place and question id; those of newer versions come first."""
    during = {f"attempts__{name}": value for name, value in period.items()}
    versions = QuizVersion.objects.filter(item__in=keys).order_by("-created_at", "-pk")
    found: dict[tuple[Place, str], _Question] = {}
    for version in versions.annotate(times=_count_of_attempts(during)):
        place = (version.item_id, version.block_id)
        for question in version.content["questions"]:
            one = found.setdefault(
                (place, question["id"]),
                _Question(place, version.content["title"], question),
            )
            one.attempts += version.times
    return found


def _count_of_attempts(during: dict[str, Any]) -> Count:
    return Count("attempts", filter=Q(**during) if during else None)


def _count(
    questions: dict[tuple[Place, str], _Question],
    keys: list[uuid.UUID],
    period: dict[str, Any],
) -> None:
    """Add each student's first attempt to its questions."""
    rows = (
        QuizAttempt.objects.filter(item__in=keys, **period)
        .order_by("user_id", "item_id", "block_id", "n")
        .distinct("user_id", "item_id", "block_id")
        .values_list("item_id", "block_id", "answers", "results")
    )
    for item, block_id, answers, results in rows.iterator():
        total = sum(results.values())
        for identity, right in results.items():
            one = questions.get(((item, block_id), identity))
            if one is not None:
                others = len(results) - 1
                rest = Decimal(total - right) / others if others else None
                one.marks.append((right, rest))
                _choose(one, answers.get(identity), right=right)


def _choose(question: _Question, given: Any, *, right: bool) -> None:
    if isinstance(given, list):
        question.chosen.update(given)
    elif given:
        question.chosen[given] += 1
        if right:
            question.typed_right.add(given)


def _statistics(one: _Question) -> QuestionStatistics:
    first = len(one.marks)
    right = sum(mark for mark, _rest in one.marks)
    return QuestionStatistics(
        item=one.place[0],
        block_id=one.place[1],
        quiz_title=one.title,
        question_id=one.content["id"],
        kind=one.content["kind"],
        text=one.content["text"],
        attempts=one.attempts,
        first_attempts=first,
        right=right,
        share_right=_percent(right, first),
        discrimination=_point_biserial(one.marks),
        options=tuple(_options(one, first)),
    )


def _options(one: _Question, first: int) -> Iterable[OptionShare]:
    if not one.content["options"]:
        for text, times in one.chosen.most_common(COMMON_ANSWERS):
            yield OptionShare(
                "", text, text in one.typed_right, times, _percent(times, first)
            )
    for option in one.content["options"]:
        times = one.chosen[option["id"]]
        yield OptionShare(
            option["id"],
            option["text"],
            option["correct"],
            times,
            _percent(times, first),
        )


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(TENTH) if whole else None


def _point_biserial(marks: list[tuple[bool, Decimal | None]]) -> Decimal | None:
    """Correlation of right (0 or 1) with the share of the other questions right."""
    pairs = [(int(mark), float(rest)) for mark, rest in marks if rest is not None]
    if len(pairs) < 2:
        return None
    mean_mark = sum(mark for mark, _rest in pairs) / len(pairs)
    mean_rest = sum(rest for _mark, rest in pairs) / len(pairs)
    together = sum((m - mean_mark) * (r - mean_rest) for m, r in pairs)
    spread_mark = sum((m - mean_mark) ** 2 for m, _rest in pairs)
    spread_rest = sum((r - mean_rest) ** 2 for _mark, r in pairs)
    if spread_mark == 0 or spread_rest < 1e-12:
        return None
    value = max(-1.0, min(1.0, together / sqrt(spread_mark * spread_rest)))
    return Decimal(value).quantize(THOUSANDTH)
