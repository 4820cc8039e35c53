"""Statements that somebody signed in sends with each page or each report of a player.

PostgreSQL plans them once for a connection (OPTIONS["prepare_threshold"] in the
settings): to plan where a student stands took longer than to find it out.
"""

from collections.abc import Mapping
from typing import Any

from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    connections,
)
from django.db.backends.postgresql import base

ServerBindingCursor: Any = base.ServerBindingCursor
type Row = tuple[Any, ...]


def first_row(statement: str, values: Mapping[str, Any]) -> Row | None:
    """The first row it answers; the values are sent apart from the text.

    The connection is not tried before, as Django does once a request: a statement sent
    over one that was cut (PostgreSQL was restarted) is sent again over a new one. So
    sending it twice must do no harm.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    old = connection.connection is not None and not connection.in_atomic_block
    try:
        row = _send(connection, statement, values)
    except (OperationalError, InterfaceError):
        if not old or connection.is_usable():
            raise
        connection.close()
        row = _send(connection, statement, values)
    connection.health_check_done = True
    return row


def _send(connection: Any, statement: str, values: Mapping[str, Any]) -> Row | None:
    connection.ensure_connection()
    # Django's own cursors put the values into the text
    cursor = ServerBindingCursor(connection.connection)
    with connection._prepare_cursor(cursor) as one:
        one.execute(statement, values)
        row: Row | None = one.fetchone()
    return row
