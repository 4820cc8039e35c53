"""I1, I4, I5: fills through the worker API, beside bare PostgreSQL and a usual project."""

import http.client
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench import content, measure
from bench.measure import Figure, Sample
from bench.places import PROXY_HEADERS, SERVER_CORE, Places, Server

TABLE = "journal_fill"
ROUNDS = 2
LEAST, MOST = 3, 20


def measure_ingest(places: Places, seconds: float) -> list[Figure]:
    figures = {
        "I1": Figure("I1", "journal ingest, row JSON", "rows", 0.55, "≥ 0.55", "copy_stage"),
        "I4": Figure("I4", "replay of a batch", "rows", 1.5, "≥ 1.5", "its fresh rate"),
        "I5": Figure("I5", "ingest, best form (row JSON)", "rows", 8.0, "≥ 8", "ninja_bulk"),
    }  # fmt: skip
    if "account" in places.product_facts:
        Ingest(places, seconds).fill(figures)
    else:
        for figure in figures.values():
            figure.missing, figure.optional = "the journal is not here", True
    return list(figures.values())


@dataclass
class Ingest:
    """Two rounds of the three ways, all writing the same rows."""

    places: Places
    seconds: float
    fresh: list[Sample] = field(default_factory=list)
    replay: list[Sample] = field(default_factory=list)
    staged: list[Sample] = field(default_factory=list)
    bulk: list[Sample] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)

    def fill(self, figures: dict[str, Figure]) -> None:
        self._run()
        i1, i4, i5 = figures["I1"], figures["I4"], figures["I5"]
        i1.product = i4.reference = i5.product = measure.best(self.fresh)
        i1.reference, i4.product = measure.best(self.staged), measure.best(self.replay)
        i5.reference = measure.best(self.bulk)
        i4.conditions["no row written by a replay"] = self.facts["changed"] == 0
        i4.conditions["at most one audit row a batch"] = self.facts["audit"] <= 0
        i1.notes.append(
            f"batches of {content.ROWS:,}, {self.facts['bytes']:,} bytes of JSON a row;"
            f" {self.facts['statements']} statements a batch"
        )
        i5.notes.append("the bulk form (columnar) is not part of the contract yet")

    def _run(self) -> None:
        places = self.places
        app, reference = places.product(), places.reference()
        ours, theirs = places.product_facts, places.reference_facts
        self._clean()
        count = self._calibrate(app)
        with Staged(places, ours["account"]) as staged:
            for n in range(ROUNDS):
                places.say(f"I1, I4, I5: round {n + 1} of {ROUNDS}, {count} batches …")
                bodies = content.bodies(ours["account"], 10 + n, count)
                self.fresh.append(push(app, PUSH, ours["key"], bodies))
                before = self._marks()
                self.replay.append(push(app, PUSH, ours["key"], bodies))
                self._compare(before)
                self.staged.append(staged.go(count))
                bodies = content.bodies(theirs["account"], 10 + n, count)
                self.bulk.append(push(reference, "/api/fills", theirs["key"], bodies))

    def _calibrate(self, app: Server) -> int:
        """Warm up with enough rows for copy_stage; how many batches fill the time."""
        ours, theirs = self.places.product_facts, self.places.reference_facts
        warm = push(app, PUSH, ours["key"], content.bodies(ours["account"], 1, 2))
        push(
            self.places.reference(), "/api/fills", theirs["key"],
            content.bodies(theirs["account"], 1, 1),
        )  # fmt: skip
        count = round(warm.rate * self.seconds / content.ROWS)
        count = min(max(LEAST, count), MOST)
        push(app, PUSH, ours["key"], content.bodies(ours["account"], 2, count))
        self._count_statements(app)
        return count

    def _count_statements(self, app: Server) -> None:
        (body,) = content.bodies(self.places.product_facts["account"], 3, 1)
        connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
        headers = _headers(self.places.product_facts["key"]) | {"X-Bench-Count": "1"}
        connection.request("POST", PUSH, body, headers)
        answer = connection.getresponse()
        answer.read()
        self.facts["statements"] = int(answer.headers["X-Bench-Statements"])
        self.facts["bytes"] = len(body) // content.ROWS
        connection.close()

    def _clean(self) -> None:
        """Both sides start with empty tables, whatever an earlier run left."""
        account = self.places.product_facts["account"]
        with self.places.maintenance(self.places.product_database) as connection:
            connection.execute(
                f"DELETE FROM {TABLE} WHERE account_id = %s".encode(), [account]
            )
            connection.execute("DELETE FROM worker_api_batch")
            connection.execute(f"VACUUM {TABLE}".encode())
        with self.places.maintenance(self.places.reference_database) as connection:
            connection.execute("TRUNCATE reference_fill, reference_auditrow")

    def _marks(self) -> tuple[int, int]:
        """A number that changes when any stored row version does; audit rows."""
        with self.places.maintenance(self.places.product_database) as connection:
            versions = connection.execute(
                f"SELECT coalesce(sum(hashtext(ctid::text || xmin::text)), 0) FROM {TABLE}".encode()
            ).fetchone()
            audit = connection.execute(
                "SELECT count(*) FROM audit_auditevent"
            ).fetchone()
        assert versions is not None  # noqa: S101
        assert audit is not None  # noqa: S101
        return int(versions[0]), int(audit[0])

    def _compare(self, before: tuple[int, int]) -> None:
        after = self._marks()
        self.facts["changed"] = self.facts.get("changed", 0) + (after[0] != before[0])
        self.facts["audit"] = self.facts.get("audit", 0) + after[1] - before[1]


PUSH = "/api/internal/journal/v1/fills"


def _headers(key: str) -> dict[str, str]:
    return PROXY_HEADERS | {"X-API-Key": key, "Content-Type": "application/json"}


def push(server: Server, path: str, key: str, bodies: Sequence[bytes]) -> Sample:
    """Send the batches one after the other over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    before, started = measure.cpu_seconds(server.cpu_roots), time.perf_counter()
    for body in bodies:
        connection.request("POST", path, body, _headers(key))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
    wall = time.perf_counter() - started
    spent = measure.cpu_seconds(server.cpu_roots) - before
    connection.close()
    rows = len(bodies) * content.ROWS
    return Sample(rate=rows / wall, cpu=spent / rows * 1e6)


class Staged:
    """The program bench.copy_stage, on the servers' core."""

    def __init__(self, places: Places, account: str) -> None:
        self.places = places
        url = places.postgres.url(places.product_database)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.copy_stage", url, TABLE, account],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        measure.pin(self.process.pid, SERVER_CORE)

    def __enter__(self) -> "Staged":
        if not self._answer().startswith("ready"):
            raise RuntimeError("copy_stage did not start")
        self.go(1)
        return self

    def __exit__(self, *error: object) -> None:
        self.process.communicate()

    def _answer(self) -> str:
        assert self.process.stdout is not None  # noqa: S101  PIPE was asked for
        return self.process.stdout.readline()

    def go(self, count: int) -> Sample:
        assert self.process.stdin is not None  # noqa: S101  PIPE was asked for
        roots = (self.process.pid, self.places.postgres_pid)
        before = measure.cpu_seconds(roots)
        self.process.stdin.write(f"go {count}\n")
        self.process.stdin.flush()
        wall = float(self._answer())
        rows = count * content.ROWS
        return Sample(
            rate=rows / wall, cpu=(measure.cpu_seconds(roots) - before) / rows * 1e6
        )
