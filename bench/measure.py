"""CPU time of process trees, samples, and the line that compares two of them."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
QUIET_LOAD = 0.5  # a load average above this at the start is called NOISY
# from this share of its core on, the load generator limits the rate, not the server
CLIENT_BOUND = 0.9


def _table() -> dict[int, tuple[int, int]]:
    """pid -> (parent's pid, ticks of user and system time, reaped children included)."""
    found: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:  # it ended meanwhile
            continue
        rest = text.rpartition(")")[2].split()
        found[int(entry.name)] = (int(rest[1]), sum(map(int, rest[11:15])))
    return found


def tree(roots: Iterable[int]) -> set[int]:
    """These processes and everything below them."""
    table, found = _table(), set(roots)
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in table.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU time spent so far by these process trees (resolution: one tick, 10 ms)."""
    table = _table()
    return sum(table[pid][1] for pid in tree(roots) if pid in table) / TICKS_PER_SECOND


def load_average() -> float:
    return os.getloadavg()[0]


def pin(pid: int, core: int) -> None:
    """Keep a process tree, with all its threads, on one core; nothing on a single core."""
    if (os.cpu_count() or 1) < 2:
        return
    for member in tree([pid]):
        for task in Path(f"/proc/{member}/task").glob("*"):
            try:
                os.sched_setaffinity(int(task.name), {core})
            except OSError:  # it ended meanwhile
                continue


@dataclass
class Sample:
    """One measurement: units a second, CPU µs a unit; a unit is a request or a row."""

    rate: float
    cpu: float
    p95_ms: float | None = None
    errors: int = 0
    client_share: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


def best(samples: list[Sample]) -> Sample:
    """Best rate and least CPU of several runs of the same thing."""
    top = max(samples, key=lambda sample: sample.rate)
    top.cpu = min(sample.cpu for sample in samples)
    top.errors = sum(sample.errors for sample in samples)
    return top


@dataclass
class Figure:
    """A product figure beside its reference, and the goal for their ratio.

    goal: least ratio product / reference; None for a figure that only informs.
    conditions: what else must hold, each with the answer. notes: shown below the line.
    """

    id: str
    title: str
    unit: str
    goal: float | None
    goal_text: str
    reference_name: str
    product: Sample | None = None
    reference: Sample | None = None
    by_cpu: bool = False
    conditions: dict[str, bool] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missing: str = ""
    optional: bool = False

    @property
    def rate_ratio(self) -> float | None:
        if self.product is None or self.reference is None or not self.reference.rate:
            return None
        return self.product.rate / self.reference.rate

    @property
    def cpu_ratio(self) -> float | None:
        """How many times less CPU the product needs a unit."""
        if self.product is None or self.reference is None or not self.product.cpu:
            return None
        return self.reference.cpu / self.product.cpu

    @property
    def ratio(self) -> float | None:
        return self.cpu_ratio if self.by_cpu else self.rate_ratio

    @property
    def measured(self) -> bool:
        return not self.missing and self.ratio is not None

    @property
    def verdict(self) -> str:
        if not self.measured:
            return "left out" if self.optional else "not measured"
        if self.goal is None:
            return "no goal"
        good = (self.ratio or 0) >= self.goal and all(self.conditions.values())
        return "met" if good else "not met"

    def judge(self, noisy: bool) -> None:
        """Compare CPU where wall time says nothing: a busy computer, a busy client."""
        samples = [s for s in (self.product, self.reference) if s]
        self.conditions["every answer was a 200"] = not any(s.errors for s in samples)
        client_bound = any(s.client_share > CLIENT_BOUND for s in samples)
        self.by_cpu = noisy or client_bound
        if client_bound:
            self.notes.append(
                "the load generator was the limit (no wrk on PATH?): compared by CPU"
            )

    def line(self) -> str:
        """id, product, reference, ratio, goal, verdict, CPU of both."""
        if not self.measured:
            return f"{self.id:3} {self.title}: {self.missing or 'no figure'} · {self.verdict}"
        assert self.product is not None  # noqa: S101
        assert self.reference is not None  # noqa: S101
        basis = "CPU" if self.by_cpu else "rate"
        return (
            f"{self.id:3} {self.title}: {_short(self.product.rate)} {self.unit}/s"
            f" · {self.reference_name} {_short(self.reference.rate)} {self.unit}/s"
            f" · ratio {_ratio(self.ratio)} by {basis}"
            f" (rate {_ratio(self.rate_ratio)}, CPU {_ratio(self.cpu_ratio)})"
            f" · goal {self.goal_text} · {self.verdict}"
            f" · CPU {_short(self.product.cpu)} and {_short(self.reference.cpu)} µs"
        )

    def details(self) -> list[str]:
        failed = [
            f"not held: {name}" for name, holds in self.conditions.items() if not holds
        ]
        return failed + self.notes

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "ratio": self.ratio, "rate_ratio": self.rate_ratio,
            "cpu_ratio": self.cpu_ratio, "verdict": self.verdict,
        }  # fmt: skip


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
