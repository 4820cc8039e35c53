"""What students do with a quiz: start, save, submit. Each asks courses.access before.

An attempt under way is a QuizDraft, on every device the same; submitting turns it into a
QuizAttempt. All that write lock the student's ItemProgress row of the lesson, so two tabs
or two devices take turns.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _

from accounts.models import User
from courses import progress, quiz_records, quiz_versions, registry
from courses.models import (
    Item,
    ItemProgress,
    LessonPage,
    QuizAttempt,
    QuizDraft,
    QuizVersion,
)
from courses.quiz_display import QuizView, Standing, attempt_key, of_standing
from courses.quiz_grading import (
    Answers,
    QuizError,
    grade,
    keep_known,
    read_answers,
)
from courses.quiz_versions import Content

type Posted = Mapping[str, list[str]]  # question id -> what was sent

# what the network may take: answers sent this long after the end of a time limit count
GRACE = timedelta(seconds=15)
# a form sent by the clock: from this long before the end, open questions are just wrong
LAST_MOMENT = timedelta(seconds=5)


@transaction.atomic
def start(
    user: User, lesson: LessonPage, block_id: str, now: datetime | None = None
) -> QuizDraft:
    """Open an attempt, and its clock if the quiz has a time limit; once open, it stays.

    Raises QuizError without attempts left, KeyError when the lesson has no such quiz.
    """
    moment = now or current_time()
    content = quiz_versions.contents_of(lesson)[block_id]
    item = _lock(user, lesson, moment)
    draft = _draft(user, item, block_id)
    if draft and is_over(draft, moment):
        raise QuizError(_("The time of this attempt is over."))
    if draft:
        return draft
    attempts = _attempts(user, item, block_id)
    _check_limit(content, len(attempts))
    minutes = content.get("minutes", 0)
    return QuizDraft.objects.create(
        user=user,
        item=item,
        block_id=block_id,
        version=quiz_versions.version_of(item, block_id, content),
        key=attempt_key(person_of(user, item.key, block_id), _next_n(attempts)),
        opened_at=moment,
        saved_at=moment,
        closes_at=moment + timedelta(minutes=minutes) if minutes else None,
    )


@transaction.atomic
def save(
    user: User,
    lesson: LessonPage,
    block_id: str,
    posted: Posted,
    *,
    key: str = "",
    seq: int | None = None,
    now: datetime | None = None,
) -> QuizDraft | None:
    """Keep unfinished answers; None when there is nothing to save them for: the attempt
    was sent from elsewhere, or its time is over (then it was graded).

    seq: the number of the save that the form was made from. When another device saved
    since, only what was answered here replaces what is kept; nothing is emptied.
    """
    moment = now or current_time()
    content = quiz_versions.contents_of(lesson)[block_id]
    item = _lock(user, lesson, moment)
    if _known(user, _uuid(key)):
        return None
    draft = _draft(user, item, block_id)
    if draft is None:
        _check_started(content)
        draft = start(user, lesson, block_id, moment)
    if is_over(draft, moment):
        _close(draft, lesson)
        return None
    if not draft.closes_at:
        draft.version = quiz_versions.version_of(item, block_id, content)
    given = keep_known(draft.version.content, posted)
    draft.answers = given if seq == draft.seq else {**draft.answers, **given}
    draft.seq += 1
    draft.saved_at = moment
    draft.save(update_fields=["answers", "seq", "saved_at", "version"])
    return draft


@transaction.atomic
def submit(
    user: User,
    lesson: LessonPage,
    block_id: str,
    posted: Posted,
    *,
    version: str = "",
    key: str = "",
    now: datetime | None = None,
) -> QuizAttempt:
    """Grade and keep one attempt; the same key again gives the attempt it made before.

    version: the sha256 the student was shown, so that an edit meanwhile does not matter.
    After a time limit what was saved until then is graded instead. Raises QuizError when
    it cannot be graded, was not started or no attempts are left, KeyError when the lesson
    has no such quiz.
    """
    moment = now or current_time()
    content = quiz_versions.contents_of(lesson)[block_id]
    item = _lock(user, lesson, moment)
    identity = _uuid(key)
    known = _known(user, identity)
    if known:
        return known
    draft = _draft(user, item, block_id)
    if draft and is_over(draft, moment):
        return _close(draft, lesson)
    if draft is None:
        _check_started(content)
    earlier = _attempts(user, item, block_id)
    _check_limit(content, len(earlier))
    seen = _version(item, block_id, content, version, draft)
    by_clock = bool(
        draft and draft.closes_at and moment >= draft.closes_at - LAST_MOMENT
    )
    read = keep_known if by_clock else read_answers
    return _record(
        draft or QuizDraft(user=user, item=item, block_id=block_id, key=identity),
        lesson,
        seen,
        read(seen.content, posted),
        n=_next_n(earlier),
        now=moment,
    )


def discard(user: User, lesson: LessonPage, block_id: str) -> bool:
    """Throw away an open attempt without a time limit; False when there was none."""
    gone, _by_model = QuizDraft.objects.filter(
        user=user, item=lesson.key, block_id=block_id, closes_at=None
    ).delete()
    return bool(gone)


def is_over(draft: QuizDraft, now: datetime) -> bool:
    return draft.closes_at is not None and now > draft.closes_at + GRACE


@transaction.atomic
def close(draft: QuizDraft, lesson: LessonPage) -> QuizAttempt | None:
    """Grade what was saved of an attempt whose time is over; None if it is gone."""
    item = _lock(draft.user, lesson, draft.saved_at)
    found = _draft(draft.user, item, draft.block_id)
    return _close(found, lesson) if found and found.key == draft.key else None


def person_of(user: User, item: uuid.UUID, block_id: str) -> str:
    """Names a student in a quiz; attempts are numbered within it."""
    return f"{user.pk}/{item}/{block_id}"


def views_of(
    user: User | None,
    lesson: LessonPage,
    *,
    again: str = "",
    errors: dict[str, str] | None = None,
    now: datetime | None = None,
) -> dict[str, QuizView]:
    """Every quiz of the lesson as this person sees it, by block id. One query.

    again: block id of the quiz the student wants to answer once more. errors: what is
    wrong with the answers just sent, by question id. Grades what a time limit ended.
    """
    contents = quiz_versions.contents_of(lesson)
    if not contents:
        return {}
    moment = now or current_time()
    standings = _standings(user, lesson, contents, moment) if user else {}
    return {
        block_id: of_standing(
            content,
            block_id,
            standings.get(block_id, Standing()),
            again=again == block_id,
            errors=errors,
            now=moment,
        )
        for block_id, content in contents.items()
    }


def _standings(
    user: User, lesson: LessonPage, contents: dict[str, Content], now: datetime
) -> dict[str, Standing]:
    made, open_ones = quiz_records.read(user, lesson.key, contents)
    over = [draft for draft in open_ones if is_over(draft, now)]
    if over:
        for draft in over:
            close(draft, lesson)
        made, open_ones = quiz_records.read(user, lesson.key, contents)
    drafts = {draft.block_id: draft for draft in open_ones}
    attempts: dict[str, list[QuizAttempt]] = {block_id: [] for block_id in contents}
    for attempt in made:
        attempts[attempt.block_id].append(attempt)
    return {
        block_id: Standing(
            tuple(attempts[block_id]),
            drafts.get(block_id),
            person_of(user, lesson.key, block_id),
        )
        for block_id in contents
    }


def _lock(user: User, lesson: LessonPage, now: datetime) -> Item:
    """The lesson's row, while this student's writes to it take turns."""
    item = registry.item_of(lesson)
    progress.open_lesson(user, lesson, now)
    ItemProgress.objects.select_for_update().get(user=user, item=item)
    return item


def _known(user: User, key: uuid.UUID) -> QuizAttempt | None:
    """The attempt that this form already made."""
    return QuizAttempt.objects.filter(user=user, idempotency_key=key).first()


def _draft(user: User, item: Item, block_id: str) -> QuizDraft | None:
    return (
        QuizDraft.objects.filter(user=user, item=item, block_id=block_id)
        .select_related("version")
        .first()
    )


def _attempts(user: User, item: Item, block_id: str) -> list[int]:
    """The numbers of the attempts made so far."""
    made = QuizAttempt.objects.filter(user=user, item=item, block_id=block_id)
    return list(made.values_list("n", flat=True))


def _next_n(numbers: list[int]) -> int:
    return max(numbers, default=0) + 1


def _check_limit(content: Content, taken: int) -> None:
    if content["attempts"] and taken >= content["attempts"]:
        raise QuizError(_("You have no attempts left."))


def _check_started(content: Content) -> None:
    if content.get("minutes"):
        raise QuizError(_("This quiz has a time limit: start it first."))


def _close(draft: QuizDraft, lesson: LessonPage) -> QuizAttempt:
    n = _next_n(_attempts(draft.user, draft.item, draft.block_id))
    return _record(
        draft,
        lesson,
        draft.version,
        draft.answers,
        n=n,
        now=draft.closes_at or draft.saved_at,
    )


def _record(
    draft: QuizDraft,
    lesson: LessonPage,
    version: QuizVersion,
    answers: Answers,
    *,
    n: int,
    now: datetime,
) -> QuizAttempt:
    """The attempt that a draft (saved or not) becomes, and what follows from it."""
    others = quiz_versions.in_other_languages(
        draft.item, draft.block_id, version.content
    )
    graded = grade(version.content, answers, others)
    attempt = QuizAttempt.objects.create(
        user=draft.user,
        item=draft.item,
        block_id=draft.block_id,
        n=n,
        version=version,
        answers=answers,
        results=graded.results,
        score=graded.score,
        passed=graded.passed,
        opened_at=draft.opened_at if draft.pk else None,
        submitted_at=now,
        idempotency_key=draft.key,
    )
    if draft.pk:
        draft.delete()
    progress.quiz_answered(draft.user, lesson, passed=graded.passed, now=now)
    return attempt


def _version(
    item: Item, block_id: str, today: Content, seen: str, draft: QuizDraft | None
) -> QuizVersion:
    """The version the answers belong to: the time limit's, the one shown, else today's."""
    known = QuizVersion.objects.filter(
        item=item, block_id=block_id, sha256=seen
    ).first()
    if draft and draft.closes_at:
        began = draft.version
        same = known and quiz_versions.same_key(known.content, began.content)
        return known if known and same else began
    return known or quiz_versions.version_of(item, block_id, today)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
