"""What an edited quiz does to results already given: the dry run, the decision, undo.

Rules. An attempt keeps the version the student saw; only its result may follow another
key. Only questions whose key changed are marked again. A question that is gone no longer
counts; one that is new never counts against earlier attempts. "Only better" takes the
better score and the better verdict of each attempt. A lesson or course that was finished
stays finished even when all are graded again; a better result finishes lessons. Undo puts
every result back, and takes back the lessons that this decision finished, except in a
finished course.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.timezone import now as current_time

from accounts.models import User
from audit import trail
from courses import progress, quiz_versions, registry
from courses.models import (
    CourseCompletion,
    Item,
    ItemProgress,
    LessonPage,
    QuizAttempt,
    QuizChange,
    QuizVersion,
    Regraded,
)
from courses.quiz_grading import Grade, grade_of, is_right
from courses.quiz_versions import Content

Choice = QuizChange.Choice
BATCH = 500


@dataclass
class QuestionImpact:
    """One question of the new quiz (or one that is gone: number 0) and whose marks change."""

    id: str
    text: str
    number: int
    changed: bool = False
    gone: bool = False
    to_right: int = 0
    to_wrong: int = 0


@dataclass
class Impact:
    """What publishing this quiz would do to the attempts made so far.

    attempts: how many were compared. better, worse: results that would rise or fall under
    "grade all again"; passed, failed: verdicts that would turn. students: whose results.
    """

    block_id: str
    title: str
    questions: list[QuestionImpact] = field(default_factory=list)
    pass_mark: int = 0
    old_pass_mark: int | None = None
    attempts: int = 0
    better: int = 0
    worse: int = 0
    passed: int = 0
    failed: int = 0
    students: set[Any] = field(default_factory=set)

    @property
    def changed(self) -> int:
        return self.better + self.worse

    @property
    def touched(self) -> list[QuestionImpact]:
        return [
            one
            for one in self.questions
            if one.changed or one.gone or one.to_right or one.to_wrong
        ]


def differs(old: Content, new: Content) -> bool:
    """Whether the new quiz may mark an answer to the old one differently."""
    ids = {question["id"] for question in new["questions"]}
    return bool(
        quiz_versions.changed_questions(old, new)
        or old["pass_mark"] != new["pass_mark"]
        or any(question["id"] not in ids for question in old["questions"])
    )


def dry_run(item: Item, block_id: str, content: Content) -> Impact:
    """What would change if all were graded by this content. Three queries at most."""
    impact = Impact(block_id, content["title"], pass_mark=content["pass_mark"])
    rows = {
        question["id"]: QuestionImpact(question["id"], question["text"], number)
        for number, question in enumerate(content["questions"], start=1)
    }
    others = quiz_versions.in_other_languages(item, block_id, content)
    for attempt, old in _affected(item, block_id, content):
        new = regraded(attempt, old, content, others)
        _describe(impact, rows, old, content)
        _count(impact, rows, attempt, new)
    impact.questions = list(rows.values())
    return impact


def regraded(
    attempt: QuizAttempt, old: Content, new: Content, others: list[Content]
) -> Grade:
    """The attempt's result under the new key. old: the content that graded it so far.

    Unchanged when no question of it is left.
    """
    seen = {question["id"] for question in attempt.version.content["questions"]}
    changed = set(quiz_versions.changed_questions(old, new))
    results = {}
    for question in new["questions"]:
        name = question["id"]
        if name in attempt.results and name not in changed:
            results[name] = attempt.results[name]
        elif name in seen:
            results[name] = is_right(question, attempt.answers.get(name), others)
    return grade_of(results, new["pass_mark"]) if results else _result(attempt)


def outcome(now: Grade, new: Grade, choice: str) -> Grade:
    """The result an attempt gets by this decision. "Only better" never lowers anything."""
    if choice == Choice.ALL:
        return new
    if choice != Choice.UP:
        return now
    rises = new.score > now.score
    return Grade(
        new.results if rises else now.results,
        max(new.score, now.score),
        passed=new.passed or now.passed,
    )


@transaction.atomic
def decide(
    lesson: LessonPage,
    block_id: str,
    choice: str,
    actor: User,
    now: datetime | None = None,
) -> QuizChange:
    """Apply the decision about the published quiz to its earlier attempts; audited.

    Raises KeyError when the lesson has no such quiz.
    """
    moment = now or current_time()
    item = registry.item_of(lesson)
    content = quiz_versions.contents_of(lesson)[block_id]
    impact = dry_run(item, block_id, content)
    change, _created = QuizChange.objects.update_or_create(
        item=item,
        block_id=block_id,
        choice=Choice.OPEN,
        defaults={
            "version": quiz_versions.version_of(item, block_id, content),
            "choice": choice,
            "attempts": impact.attempts,
            "decided_at": moment,
            "decided_by": actor.email,
        },
    )
    rows = _apply(change, content, moment) if choice != Choice.KEEP else []
    change.changed = len(rows)
    change.save(update_fields=["changed"])
    _follow(lesson, rows, moment)
    _record(actor, "quiz.regrade", change, title=content["title"])
    return change


@transaction.atomic
def undo(
    change: QuizChange, lesson: LessonPage, actor: User, now: datetime | None = None
) -> int:
    """Put the results back as they were before this decision; how many. Audited.

    Raises ValueError unless it is the latest decision about the quiz and not undone yet.
    """
    change = QuizChange.objects.select_for_update().get(pk=change.pk)
    if change != latest(change.item, change.block_id):
        raise ValueError("only the latest decision can be undone")
    rows = list(change.regraded.select_related("attempt__user").order_by("attempt_id"))
    attempts = [_put(row.attempt, row.before, None) for row in rows]
    _store(attempts)
    moment = now or current_time()
    change.undone_at, change.undone_by = moment, actor.email
    change.save(update_fields=["undone_at", "undone_by"])
    _take_back([row for row in rows if row.finished], change)
    _follow(lesson, rows, moment)
    _record(actor, "quiz.regrade-undone", change)
    return len(rows)


def latest(item: Item, block_id: str) -> QuizChange | None:
    """The newest decision that is in force."""
    return (
        QuizChange.objects.filter(item=item, block_id=block_id, undone_at=None)
        .exclude(choice=Choice.OPEN)
        .order_by("-decided_at", "-created_at")
        .first()
    )


def _affected(
    item: Item, block_id: str, content: Content, *, lock: bool = False
) -> Iterator[tuple[QuizAttempt, Content]]:
    """Attempts whose result another key gave, each with the content of that key."""
    versions = {
        version.pk: version
        for version in QuizVersion.objects.filter(item=item, block_id=block_id)
    }
    wanted = [pk for pk, one in versions.items() if differs(one.content, content)]
    if not wanted:
        return
    attempts = QuizAttempt.objects.filter(item=item, block_id=block_id).order_by("pk")
    if lock:
        attempts = attempts.select_related("user").select_for_update(of=("self",))
    for attempt in attempts.iterator(chunk_size=BATCH):
        graded_by = attempt.graded_by_id or attempt.version_id
        if graded_by in wanted:
            attempt.version = versions[attempt.version_id]
            yield attempt, versions[graded_by].content


def _describe(
    impact: Impact, rows: dict[str, QuestionImpact], old: Content, new: Content
) -> None:
    """Note which questions changed or are gone, and another pass mark."""
    for name in quiz_versions.changed_questions(old, new):
        rows[name].changed = True
    for question in old["questions"]:
        if question["id"] not in rows:
            rows[question["id"]] = QuestionImpact(
                question["id"], question["text"], 0, gone=True
            )
    if old["pass_mark"] != new["pass_mark"]:
        impact.old_pass_mark = old["pass_mark"]


def _count(
    impact: Impact, rows: dict[str, QuestionImpact], attempt: QuizAttempt, new: Grade
) -> None:
    now = _result(attempt)
    impact.attempts += 1
    for name, right in new.results.items():
        before = now.results.get(name)
        rows[name].to_right += right and before is False
        rows[name].to_wrong += (not right) and before is True
    impact.passed += new.passed and not now.passed
    impact.failed += now.passed and not new.passed
    if _same(now, new):
        return
    impact.students.add(attempt.user_id)
    if (new.passed, new.score) >= (now.passed, now.score):
        impact.better += 1
    else:
        impact.worse += 1


def _same(one: Grade, other: Grade) -> bool:
    return (one.score, one.passed, one.results) == (
        other.score,
        other.passed,
        other.results,
    )


def _result(attempt: QuizAttempt) -> Grade:
    return Grade(attempt.results, attempt.score, attempt.passed)


def _apply(change: QuizChange, content: Content, now: datetime) -> list[Regraded]:
    """Write the new results and keep the old ones; the rows of what changed."""
    others = quiz_versions.in_other_languages(change.item, change.block_id, content)
    attempts, rows = [], []
    for attempt, old in _affected(change.item, change.block_id, content, lock=True):
        new = regraded(attempt, old, content, others)
        final = outcome(_result(attempt), new, change.choice)
        if _same(final, _result(attempt)):
            continue
        before = _state(attempt)
        graded_by = change.version_id if final.results == new.results else None
        after = _state_of(final, graded_by or attempt.graded_by_id)
        attempts.append(_put(attempt, after, now))
        rows.append(
            Regraded(change=change, attempt=attempt, before=before, after=after)
        )
    _store(attempts)
    return Regraded.objects.bulk_create(rows, batch_size=BATCH)


def _state(attempt: QuizAttempt) -> dict[str, Any]:
    return _state_of(_result(attempt), attempt.graded_by_id)


def _state_of(grade: Grade, graded_by: Any) -> dict[str, Any]:
    return {
        "results": grade.results,
        "score": str(grade.score),
        "passed": grade.passed,
        "graded_by": graded_by,
    }


def _put(
    attempt: QuizAttempt, state: dict[str, Any], now: datetime | None
) -> QuizAttempt:
    attempt.results, attempt.passed = state["results"], state["passed"]
    attempt.score = Decimal(state["score"])
    attempt.graded_by_id = state["graded_by"]
    attempt.regraded_at = now
    return attempt


def _store(attempts: list[QuizAttempt]) -> None:
    fields = ["results", "score", "passed", "graded_by", "regraded_at"]
    QuizAttempt.objects.bulk_update(attempts, fields, batch_size=BATCH)


def _follow(lesson: LessonPage, rows: list[Regraded], now: datetime) -> None:
    """Progress after results changed: lessons may be finished, never the contrary."""
    turned = [row for row in rows if row.before["passed"] != row.after["passed"]]
    users = {row.attempt.user_id: row.attempt.user for row in turned}
    done = _done(lesson.key, users)
    passed = set(
        QuizAttempt.objects.filter(
            user__in=users, item=lesson.key, block_id__in=_blocks(rows), passed=True
        ).values_list("user_id", flat=True)
    )
    for pk, user in users.items():
        if pk not in done:
            progress.quiz_answered(user, lesson, passed=pk in passed, now=now)
    finished = _done(lesson.key, users) - done
    for row in turned:
        row.finished = row.attempt.user_id in finished
    Regraded.objects.bulk_update(
        [row for row in turned if row.finished], ["finished"], batch_size=BATCH
    )


def _blocks(rows: list[Regraded]) -> set[str]:
    return {row.attempt.block_id for row in rows}


def _done(item: uuid.UUID, users: dict[Any, User]) -> set[Any]:
    return set(
        ItemProgress.objects.filter(
            item=item, user__in=users, state=ItemProgress.State.DONE
        ).values_list("user_id", flat=True)
    )


def _take_back(rows: list[Regraded], change: QuizChange) -> None:
    """Lessons this decision finished are open again, except in a finished course."""
    users = {row.attempt.user_id for row in rows}
    kept = CourseCompletion.objects.filter(course=change.item.course_id, user__in=users)
    ItemProgress.objects.filter(
        item=change.item,
        user__in=users,
        completed_by=ItemProgress.Rule.QUIZ,
        completed_at=change.decided_at,
    ).exclude(user__in=kept.values("user")).update(
        state=ItemProgress.State.OPENED, completed_at=None, completed_by=""
    )


def _record(actor: User, action: str, change: QuizChange, **more: Any) -> None:
    trail.record(
        actor,
        action,
        f"lesson:{change.item_id}",
        batch=str(change.pk),
        quiz=change.block_id,
        choice=change.choice,
        attempts=change.attempts,
        changed=change.changed,
        **more,
    )
