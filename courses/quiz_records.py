"""What one person did in the quizzes of a lesson, read in one statement."""

import json
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Model

from accounts import prepared
from accounts.models import User
from courses.models import QuizAttempt, QuizDraft, QuizVersion

STATEMENT = """
SELECT
    (SELECT jsonb_agg(jsonb_build_array(to_jsonb(a), to_jsonb(v)) ORDER BY a.n)
     FROM courses_quizattempt a JOIN courses_quizversion v ON v.id = a.version_id
     WHERE a.user_id = %(user)s AND a.item_id = %(item)s AND a.block_id = ANY(%(blocks)s)),
    (SELECT jsonb_agg(jsonb_build_array(to_jsonb(d), to_jsonb(v)))
     FROM courses_quizdraft d JOIN courses_quizversion v ON v.id = d.version_id
     WHERE d.user_id = %(user)s AND d.item_id = %(item)s AND d.block_id = ANY(%(blocks)s))
"""


def read(
    user: User, item: uuid.UUID, block_ids: Iterable[str]
) -> tuple[list[QuizAttempt], list[QuizDraft]]:
    """Attempts, oldest first, and open drafts; each with its version and the person."""
    values = {"user": user.pk, "item": item, "blocks": list(block_ids)}
    attempts, drafts = prepared.first_row(STATEMENT, values) or (None, None)
    return (
        [_with_version(QuizAttempt, user, *pair) for pair in _pairs(attempts)],
        [_with_version(QuizDraft, user, *pair) for pair in _pairs(drafts)],
    )


def _pairs(found: Any) -> list[list[dict[str, Any]]]:
    """Numbers stay exact: a score is a decimal."""
    text = json.dumps(found) if isinstance(found, list) else found
    pairs: list[list[dict[str, Any]]] = json.loads(text or "[]", parse_float=Decimal)
    return pairs


def _with_version[Row: (QuizAttempt, QuizDraft)](
    model: type[Row], user: User, row: dict[str, Any], version: dict[str, Any]
) -> Row:
    made = _made(model, row)
    made.user, made.version = user, _made(QuizVersion, version)
    return made


def _made[Row: Model](model: type[Row], row: dict[str, Any]) -> Row:
    fields = model._meta.concrete_fields
    return model.from_db(
        "default",
        [field.attname for field in fields],
        [field.to_python(row[str(field.column)]) for field in fields],
    )
