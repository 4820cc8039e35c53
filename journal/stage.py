"""Rows into PostgreSQL by COPY into a temporary table, then one statement for them all.

Table and column names below are ours, never the sender's.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper


def copy_in(
    cursor: CursorWrapper,
    name: str,
    *,
    like: str,
    columns: Sequence[str],
    extra: str = "",
    rows: Iterable[Sequence[Any]],
) -> None:
    """Fill the temporary table name with rows; it goes with the transaction.

    Columns take their types from the table like; extra adds typed expressions such as
    "''::text AS instrument_key", whose values come last in each row.
    """
    picked = ", ".join([*columns, *([extra] if extra else [])])
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    empty = f"SELECT {picked} FROM {like} WITH NO DATA"  # noqa: S608
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {empty}")
    # Django's cursor hides psycopg's, which knows COPY
    with cursor.cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def upsert(
    cursor: CursorWrapper,
    table: str,
    *,
    keys: Sequence[str],
    columns: Sequence[str],
    source: str,
    once: Sequence[str] = (),
    values: Sequence[Any] = (),
) -> tuple[int, int]:
    """Insert the rows of source, a SELECT in the order keys, columns, once,
    with its parameters in values.

    Rows that are there are changed only where a column differs; `once` columns keep
    their first value. Returns how many were created and how many changed.
    """
    names = ", ".join([*keys, *columns, *once])
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    old = ", ".join(f"{table}.{column}" for column in columns)
    new = ", ".join(f"excluded.{column}" for column in columns)
    cursor.execute(
        f"""
        WITH done AS (
            INSERT INTO {table} ({names}) {source}
            ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {changes}
            WHERE ({old}) IS DISTINCT FROM ({new})
            RETURNING xmax = 0 AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new)
        FROM done
        """,  # noqa: S608
        list(values),
    )
    created, updated = cursor.fetchone()
    return created, updated
