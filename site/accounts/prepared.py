"""Statements that somebody signed in sends with each page or each report of a player.

PostgreSQL plans them once for a connection (OPTIONS["prepare_threshold"] in the
settings): to plan where a student stands took longer than to find it out.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.backends.postgresql import base

ServerBindingCursor: Any = base.ServerBindingCursor


def first_row(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row it answers; the values are sent apart from the text."""
    connection.ensure_connection()
    wrapper: Any = connection  # Django's own cursors put the values into the text
    with wrapper._prepare_cursor(ServerBindingCursor(wrapper.connection)) as one:
        one.execute(statement, values)
        row: tuple[Any, ...] | None = one.fetchone()
    return row
