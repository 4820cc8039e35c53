"""A quiz as text that does not change: what attempts point at."""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from courses.models import Item, LessonPage, QuizVersion

type Content = dict[str, Any]


def content_of(block: Any) -> Content:
    """A quiz block's value with its key, as plain JSON values (numbers as text)."""
    return {
        "title": block["title"],
        "pass_mark": block["pass_mark"],
        "attempts": block["attempts"],
        "questions": [
            _question(child.id, child.value)
            for child in block["questions"].bound_blocks
        ],
    }


def _question(identity: str, question: Any) -> Content:
    numeric = question["kind"] == "numeric"
    return {
        "id": identity,
        "kind": question["kind"],
        "text": question["text"],
        "options": []
        if numeric
        else [
            {
                "id": option.id,
                "text": option.value["text"],
                "correct": bool(option.value["correct"]),
                "feedback": option.value["feedback"] or "",
            }
            for option in question["options"].bound_blocks
        ],
        "answer": _text(question["answer"]) if numeric else "",
        "tolerance": _text(question["tolerance"]) if numeric else "",
        "feedback": question["feedback"] or "",
    }


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"


def digest(content: Content) -> str:
    """sha256 of the content as canonical JSON."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def same_key(one: Content, other: Content) -> bool:
    """Whether two versions differ in words only: a translation, or a corrected text."""
    return _key_of(one) == _key_of(other)


def _key_of(content: Content) -> list[Any]:
    return [
        (
            question["id"],
            question["kind"],
            [(option["id"], option["correct"]) for option in question["options"]],
            question["answer"],
            question["tolerance"],
        )
        for question in content["questions"]
    ]


def blocks_of(lesson: LessonPage) -> Iterator[tuple[str, Any]]:
    """(block id, value) of every quiz in the lesson, in order."""
    for child in lesson.body:
        if child.block_type == "quiz":
            yield str(child.id), child.value


def keep(lesson: LessonPage, item: Item) -> None:
    """Keep the published quizzes of the lesson; a known version is left alone."""
    for block_id, block in blocks_of(lesson):
        version_of(item, block_id, content_of(block))


def version_of(item: Item, block_id: str, content: Content) -> QuizVersion:
    version, _created = QuizVersion.objects.get_or_create(
        item=item,
        block_id=block_id,
        sha256=digest(content),
        defaults={"content": content},
    )
    return version
