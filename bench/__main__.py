"""make bench: measure AMI beside references, on this computer, in this run."""

import argparse
import json
import os
import platform
import shutil
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import measure
from bench.figures import IDS, MEASUREMENTS, Measurement
from bench.measure import Figure
from bench.places import VAR, Places, started

STARTED = time.monotonic()


def say(text: str) -> None:
    print(f"· {time.monotonic() - STARTED:5.0f} s  {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure AMI beside references; docs/bench.md says how to read it.",
    )
    parser.add_argument(
        "figures", nargs="*", metavar="ID", help=f"which (all): {' '.join(IDS)}"
    )
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="length of one measurement (4)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write it all there"
    )
    options = parser.parse_args()
    options.figures = {name.upper() for name in options.figures} or set(IDS)
    unknown = options.figures - set(IDS)
    if unknown:
        parser.error(f"no figure {', '.join(sorted(unknown))}: {' '.join(IDS)}")
    return options


def attempt(
    places: Places,
    names: tuple[str, ...],
    one: Measurement,
    options: argparse.Namespace,
) -> list[Figure]:
    """A measurement's wanted figures; a broken one says so and the others go on."""
    wanted = options.figures & set(names)
    if not wanted:
        return []
    say(f"{', '.join(names)} …")
    try:
        found = one(places, options.seconds)
    except Exception as error:  # noqa: BLE001  whatever it was, the run goes on
        with (VAR / "log" / "bench.log").open("a", encoding="utf-8") as log:
            log.write(traceback.format_exc())
        found = [failed(name, error) for name in names]
    figures = found if isinstance(found, list) else [found]
    return [figure for figure in figures if figure.id in wanted]


def failed(name: str, error: Exception) -> Figure:
    reason = f"{type(error).__name__}: {error} (var/bench/log)"
    return Figure(name, "failed", "", None, "", "", missing=reason)


def machine() -> str:
    loader = "wrk" if shutil.which("wrk") else "own client"
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load by {loader}"
    )


def report(figures: list[Figure], noisy: bool) -> None:
    print(f"\n{machine()}{' · NOISY' if noisy else ''}")
    for figure in figures:
        print(figure.line())
        for detail in figure.details():
            print(f"      {detail}")


def as_json(figures: list[Figure], load: float, noisy: bool) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_average": load,
        "noisy": noisy,
        "figures": [figure.as_json() for figure in figures],
    }


def main() -> int:
    options = arguments()
    load = measure.load_average()  # before this run adds to it
    noisy = load > measure.QUIET_LOAD
    if noisy:
        say(f"NOISY: load average {load:.1f}; CPU ratios are compared")
    found: list[Figure] = []
    with started(say) as places:
        for names, one in MEASUREMENTS:
            for figure in attempt(places, names, one, options):
                if figure.measured:
                    figure.judge(noisy)
                say(figure.line())
                found.append(figure)
        say("stopping …")
    report(found, noisy)
    if options.json:
        text = json.dumps(as_json(found, load, noisy), indent=1, default=str)
        options.json.write_text(text, encoding="utf-8")
    return 0 if all(figure.measured or figure.optional for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
