"""Product and reference in turn, best of two; and what a page's SQL is made of."""

import re
from collections import Counter, defaultdict

from bench import load, measure
from bench.places import Places, Statement

ROUNDS = 2
WARM_SECONDS = 1.0


def alternate(
    places: Places, product: load.Target, reference: load.Target, seconds: float
) -> tuple[measure.Sample, measure.Sample]:
    """Load both in turn, so that a passing disturbance does not hit one side only."""
    sides: tuple[list[measure.Sample], list[measure.Sample]] = ([], [])
    targets = (product, reference)
    for target in targets:
        load.run(target, seconds=WARM_SECONDS, core=places.load_core)
    for _ in range(ROUNDS):
        for target, samples in zip(targets, sides, strict=True):
            samples.append(load.run(target, seconds=seconds, core=places.load_core))
    return measure.best(sides[0]), measure.best(sides[1])


def shape(sql: str) -> str:
    """A statement in a few words: its verb and its tables."""
    verb = sql.split(None, 1)[0].upper() if sql.split() else "?"
    tables = re.findall(r'(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', sql)
    named = list(dict.fromkeys(tables))
    rest = f" +{len(named) - 3} joined" if len(named) > 3 else ""
    return f"{verb} {', '.join(named[:3])}{rest}".strip()


def summary(statements: list[Statement]) -> list[str]:
    """The page's statements, those of one kind and one asker together, dearest first."""
    spent: dict[str, float] = defaultdict(float)
    times: Counter[str] = Counter()
    for sql, ms, asker in statements:
        name = f"{shape(sql)}  ← {asker or 'Django'}"
        spent[name] += ms
        times[name] += 1
    ordered = sorted(spent, key=lambda name: spent[name], reverse=True)
    return [f"{times[name]} × {name} ({spent[name]:.1f} ms)" for name in ordered]
