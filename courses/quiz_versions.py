"""A quiz as text that does not change: what attempts point at.

Language: a translation keeps the ids of questions, options and accepted answers and has
other words, so it is another version with the same key. Only the accepted words of short
answers differ by language: a content with such questions names its language.
"""

import hashlib
import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from courses.models import Item, LessonPage, QuizVersion

type Content = dict[str, Any]


def content_of(block: Any) -> Content:
    """A quiz block's value with its key, as plain JSON values (numbers as text).

    Settings that were left alone are left out, so that new ones make no new versions.
    """
    content = {
        "title": block["title"],
        "pass_mark": block["pass_mark"],
        "attempts": block["attempts"],
        "questions": [
            _question(child.id, child.value)
            for child in block["questions"].bound_blocks
        ],
    }
    settings = {
        "minutes": block["minutes"],
        "shuffle_questions": block["shuffle_questions"],
        "shuffle_options": block["shuffle_options"],
        "explanation": block["explanation"],
    }
    return content | {name: value for name, value in settings.items() if value}


def _question(identity: str, question: Any) -> Content:
    numeric = question["kind"] == "numeric"
    short = question["kind"] == "short"
    content: Content = {
        "id": identity,
        "kind": question["kind"],
        "text": question["text"],
        "options": []
        if numeric or short
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
    if short:
        content["accepted"] = [
            {"id": one.id, "text": one.value}
            for one in question["accepted"].bound_blocks
        ]
        content["exact"] = bool(question["exact"])
    return content


def _text(number: Decimal | None) -> str:
    return "" if number is None else f"{number:f}"


def digest(content: Content) -> str:
    """sha256 of the content as canonical JSON."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def same_key(one: Content, other: Content) -> bool:
    """Whether two versions differ in words and order only: a translation, a typo."""
    return _shape(one) == _shape(other) and not changed_questions(one, other)


def _shape(content: Content) -> dict[str, Any]:
    """What an answer may hold: option ids by question id."""
    return {
        question["id"]: {option["id"] for option in question["options"]}
        for question in content["questions"]
    }


def changed_questions(old: Content, new: Content) -> list[str]:
    """Ids of questions in both whose right answers differ, in the new order."""
    before = {question["id"]: question for question in old["questions"]}
    same_language = old.get("language", "") == new.get("language", "")
    return [
        question["id"]
        for question in new["questions"]
        if question["id"] in before
        and _key_of(before[question["id"]], words=same_language)
        != _key_of(question, words=same_language)
    ]


def _key_of(question: Content, *, words: bool) -> tuple[Any, ...]:
    """What is right: words of short answers only compare within one language."""
    return (
        question["kind"],
        {option["id"] for option in question["options"] if option["correct"]},
        _number(question["answer"]),
        _number(question["tolerance"]) or Decimal(0),
        {
            (one["id"], one["text"] if words else "")
            for one in question.get("accepted", [])
        },
        question.get("exact", False),
    )


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def blocks_of(lesson: LessonPage) -> Iterator[tuple[str, Any]]:
    """(block id, value) of every quiz in the lesson, in order."""
    for child in lesson.body:
        if child.block_type == "quiz":
            yield str(child.id), child.value


def contents_of(lesson: LessonPage) -> dict[str, Content]:
    """Every quiz of the lesson with its key, by block id, in order."""
    contents = {name: content_of(block) for name, block in blocks_of(lesson)}
    for content in contents.values():
        if any(question["kind"] == "short" for question in content["questions"]):
            content["language"] = lesson.locale.language_code
    return contents


def keep(lesson: LessonPage, key: uuid.UUID) -> None:
    """Keep the published quizzes of the lesson; a known version is left alone.

    key: of the lesson's Item.
    """
    for block_id, content in contents_of(lesson).items():
        _version(key, block_id, content)


def version_of(item: Item, block_id: str, content: Content) -> QuizVersion:
    return _version(item.key, block_id, content)


def _version(key: uuid.UUID, block_id: str, content: Content) -> QuizVersion:
    version, _created = QuizVersion.objects.get_or_create(
        item_id=key,
        block_id=block_id,
        sha256=digest(content),
        defaults={"content": content},
    )
    return version


def in_other_languages(item: Item, block_id: str, content: Content) -> list[Content]:
    """The newest version of each other language, if the quiz has short answers.

    No query without short answers, one otherwise.
    """
    language = content.get("language")
    if not language:
        return []
    newest: dict[str, Content] = {}
    versions = QuizVersion.objects.filter(item=item, block_id=block_id)
    for version in versions.order_by("created_at", "pk"):
        newest[version.content.get("language", "")] = version.content
    return [one for name, one in newest.items() if name not in ("", language)]
