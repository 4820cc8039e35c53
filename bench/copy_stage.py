"""`copy_stage`: the least PostgreSQL needs to upsert the rows the product stored.

Run as a program: python -m bench.copy_stage URL TABLE ACCOUNT. It prepares COPY texts of
the account's rows in batches of 5,000 and prints "ready N" (batches). For every line
"go N" on stdin it empties its table, writes N batches, one transaction each, and
prints the seconds.
"""

import sys
import time
from collections.abc import Iterator

import psycopg

from bench.content import ROWS

TARGET = "bench.target"


def columns(connection: psycopg.Connection, table: str) -> list[str]:
    """The table's columns but the generated id."""
    found = connection.execute(
        "SELECT quote_ident(column_name) FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = 'public' AND is_identity = 'NO'"
        " ORDER BY ordinal_position",
        [table],
    ).fetchall()
    return [name for (name,) in found]


def unique_key(connection: psycopg.Connection, table: str) -> list[str]:
    """The columns by which the product knows a row again."""
    found = connection.execute(
        "SELECT array_agg(quote_ident(a.attname)) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary"
        " GROUP BY i.indexrelid HAVING bool_or(a.attname = 'external_id')",
        [table],
    ).fetchone()
    if found is None:
        raise SystemExit(f"{table} has no unique key with external_id")
    names: list[str] = found[0]
    return names


class Upsert:
    def __init__(self, url: str, table: str, account: str) -> None:
        self.connection = psycopg.connect(url)
        names = columns(self.connection, table)
        key = unique_key(self.connection, table)
        self.names = ", ".join(names)
        others = [name for name in names if name not in key]
        self.write = (
            f"INSERT INTO {TARGET} AS t ({self.names}) SELECT {self.names} FROM stage"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
            + ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
            + f" WHERE ({', '.join(f't.{name}' for name in others)}) IS DISTINCT FROM"
            f" ({', '.join(f'EXCLUDED.{name}' for name in others)})"
        )
        self.stage = (
            "CREATE TEMP TABLE IF NOT EXISTS stage ON COMMIT DELETE ROWS AS"
            f" SELECT {self.names} FROM {table} WITH NO DATA"
        )
        self._copy_of(table)
        self.texts = list(self._texts(table, account))

    def _copy_of(self, table: str) -> None:
        with self.connection.transaction():
            for sql in (
                "CREATE SCHEMA IF NOT EXISTS bench",
                f"DROP TABLE IF EXISTS {TARGET}",
                f"CREATE TABLE {TARGET} (LIKE {table} INCLUDING ALL)",
            ):
                self.connection.execute(sql.encode())

    def _texts(self, table: str, account: str) -> Iterator[bytes]:
        query = f"COPY (SELECT {self.names} FROM {table} WHERE account_id = '{account}' ORDER BY id) TO STDOUT"
        lines: list[bytes] = []
        with self.connection.cursor() as cursor, cursor.copy(query.encode()) as copy:
            text = b"".join(bytes(part) for part in copy)
        self.connection.commit()
        lines = text.splitlines(keepends=True)
        for start in range(0, len(lines) - ROWS + 1, ROWS):
            yield b"".join(lines[start : start + ROWS])

    def go(self, count: int) -> float:
        with self.connection.transaction():
            self.connection.execute(f"TRUNCATE {TARGET}".encode())
        started = time.perf_counter()
        for text in self.texts[:count]:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                cursor.execute(self.stage.encode())
                with cursor.copy(
                    f"COPY stage ({self.names}) FROM STDIN".encode()
                ) as copy:
                    copy.write(text)
                cursor.execute(self.write.encode())
        return time.perf_counter() - started


def main() -> int:
    upsert = Upsert(*sys.argv[1:4])
    print("ready", len(upsert.texts), flush=True)
    for line in sys.stdin:
        print(upsert.go(int(line.split()[1])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
