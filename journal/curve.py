"""The equity curve with its drawdown, drawn on the server as SVG geometry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from journal import numbers
from journal.models import DailyStat
from journal.period import View

MAX_POINTS = 400
RIGHT, TOP, BOTTOM = 8, 14, 28
DIGIT = 7.5  # width of a figure of the labels, which stand left of the curve


@dataclass(frozen=True)
class Point:
    """A day's closing equity, the highest so far, and the fall between the two."""

    day: date
    equity: Decimal
    peak: Decimal
    fall: Decimal
    net: Decimal


@dataclass(frozen=True)
class Tick:
    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """Geometry in pixels of a viewBox width x height; `band` closes over the drawdown."""

    width: int
    height: int
    line: str
    band: str
    end: Tick
    rows: list[Tick]
    columns: list[Tick]


def points(view: View) -> list[Point]:
    """At most 400, oldest first: the start, then the days; lows and highs are kept."""
    rows = DailyStat.objects.filter(
        account=view.account, currency=view.currency, **view.days("date")
    ).order_by("date")
    names = ("date", "equity_close", "peak_equity", "drawdown_abs", "net_pnl")
    found = list(rows.values_list(*names, "equity_open"))
    if not found:
        return []
    days = [Point(*row[:-1]) for row in found]
    return thinned([_start(days[0], found[0][-1]), *days])


def _start(first: Point, equity: Decimal) -> Point:
    """The evening before the first day, so that the first day's change is drawn."""
    peak = first.peak if first.fall else equity
    return Point(first.day - timedelta(days=1), equity, peak, peak - equity, Decimal(0))


def thinned(found: list[Point]) -> list[Point]:
    """Two points of every stretch, its lowest and its highest, and the last."""
    if len(found) <= MAX_POINTS:
        return found
    size = -(-len(found) // (MAX_POINTS // 2 - 1))
    kept: list[Point] = []
    for start in range(0, len(found), size):
        stretch = found[start : start + size]
        extremes = {min(stretch, key=_equity), max(stretch, key=_equity)}
        kept.extend(sorted(extremes, key=lambda point: point.day))
    return kept if kept[-1] == found[-1] else [*kept, found[-1]]


def _equity(point: Point) -> Decimal:
    return point.equity


def draw(found: Sequence[Point], width: int, height: int, columns: int) -> Drawing:
    """The curve scaled into width x height; pixels, so floats will do."""
    low = float(min(point.equity for point in found))
    high = float(max(point.peak for point in found))
    steps = _steps(low, high)
    low, high = min(low, steps[0]), max(high, steps[-1])
    labels = [numbers.plain(Decimal(round(step, 6)), _places(steps)) for step in steps]
    left = round(max(map(len, labels)) * DIGIT) + 8
    first, last = found[0].day.toordinal(), found[-1].day.toordinal()

    def x(day: date) -> float:
        share = (day.toordinal() - first) / ((last - first) or 1)
        return round(left + share * (width - left - RIGHT), 1)

    def y(value: float) -> float:
        share = (value - low) / ((high - low) or 1)
        return round(height - BOTTOM - share * (height - TOP - BOTTOM), 1)

    line = [f"{x(point.day)} {y(float(point.equity))}" for point in found]
    peaks = [f"{x(point.day)} {y(float(point.peak))}" for point in reversed(found)]
    return Drawing(
        width,
        height,
        line="M" + "L".join(line),
        band="M" + "L".join([*line, *peaks]) + "Z",
        end=Tick(x(found[-1].day), y(float(found[-1].equity)), ""),
        rows=[
            Tick(left, y(step), label) for step, label in zip(steps, labels, strict=True)
        ],
        columns=_columns(found, x, columns, height),
    )  # fmt: skip


def _steps(low: float, high: float) -> list[float]:
    """Two to six round numbers from low to high."""
    span = (high - low) or abs(high) or 1.0
    size = 10.0 ** (len(str(int(span))) - 1) if span >= 1 else span / 4
    while span / size > 5:
        size *= 2 if span / size < 10 else 2.5
    while span / size < 2:
        size /= 2
    start = int(low // size)
    stop = -int(-high // size)
    return [step * size for step in range(start, stop + 1)]


def _places(steps: Sequence[float]) -> int:
    return 0 if all(step == int(step) for step in steps) else 2


def _columns(
    found: Sequence[Point], x: Callable[[date], float], count: int, height: int
) -> list[Tick]:
    chosen = [found[round(i * (len(found) - 1) / (count - 1))] for i in range(count)]
    anchors = ["start", *["middle"] * (count - 2), "end"]
    return [
        Tick(x(point.day), height - 8, date_format(point.day, "j M y"), anchor)
        for point, anchor in zip(chosen, anchors, strict=True)
    ]


def sentence(found: Sequence[Point], currency: str) -> str:
    """The curve in words, for those who do not see it."""
    start, end = found[0], found[-1]
    top = max(found, key=_equity)
    deepest = max(found, key=lambda point: point.fall)
    return _(
        "Equity from %(first)s to %(last)s: starts at %(start)s and ends at %(end)s."
        " Highest: %(top)s on %(top_day)s. Deepest fall: %(fall)s on %(fall_day)s."
    ) % {
        "first": date_format(start.day, "DATE_FORMAT"),
        "last": date_format(end.day, "DATE_FORMAT"),
        "start": numbers.money(start.equity, currency),
        "end": numbers.money(end.equity, currency),
        "top": numbers.money(top.equity, currency),
        "top_day": date_format(top.day, "DATE_FORMAT"),
        "fall": numbers.money(deepest.fall, currency),
        "fall_day": date_format(deepest.day, "DATE_FORMAT"),
    }
