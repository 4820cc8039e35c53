"""One month of an account as a table of weeks."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, Sum
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format

from journal.models import Roll
from journal.period import View, day


@dataclass(frozen=True)
class Cell:
    """A day; net is None where no trade was closed. In another month: not shown."""

    day: date
    inside: bool
    net: Decimal | None = None
    count: int = 0
    query: str = ""


@dataclass(frozen=True)
class Week:
    cells: list[Cell]
    net: Decimal | None
    count: int


@dataclass(frozen=True)
class Month:
    first: date
    weekdays: list[tuple[str, str]]
    weeks: list[Week]
    net: Decimal
    count: int
    before: str
    after: str


def chosen(view: View, text: str | None) -> date:
    """The first of the month asked for as YYYY-MM, else of the period's last trade."""
    asked = day(f"{text}-01") if text else None
    if asked and 1990 <= asked.year <= 2100:
        return asked
    newest = Roll.objects.filter(
        account=view.account, currency=view.currency, **view.days("day")
    ).aggregate(newest=Max("day"))["newest"]
    return (newest or date.today()).replace(day=1)  # noqa: DTZ011  an empty month


def table(view: View, first: date) -> Month:
    """The month's days with what was closed on each, whatever the period. One query."""
    start = (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7
    rows = calendar.Calendar(start).monthdatescalendar(first.year, first.month)
    sums = {
        when: (net, count)
        for when, net, count in Roll.objects.filter(
            account=view.account,
            currency=view.currency,
            day__gte=rows[0][0],
            day__lte=rows[-1][-1],
        )
        .values("day")
        .annotate(sum_net=Sum("net"), sum_count=Sum("count"))
        .values_list("day", "sum_net", "sum_count")
    }
    weeks = [
        _week([_cell(view, first, when, sums.get(when)) for when in row])
        for row in rows
    ]
    order = [(start + offset) % 7 for offset in range(7)]
    return Month(
        first,
        [(str(WEEKDAYS[number]), str(WEEKDAYS_ABBR[number])) for number in order],
        weeks,
        sum((week.net for week in weeks if week.net is not None), Decimal(0)),
        sum(week.count for week in weeks),
        f"{first - timedelta(days=1):%Y-%m}",
        f"{first + timedelta(days=31):%Y-%m}",
    )


def _cell(
    view: View, first: date, when: date, found: tuple[Decimal, int] | None
) -> Cell:
    if when.month != first.month:
        return Cell(when, inside=False)
    if found is None:
        return Cell(when, inside=True)
    query = view.of_day(when).query(month=f"{first:%Y-%m}")
    return Cell(when, True, *found, query)


def _week(cells: list[Cell]) -> Week:
    traded = [cell for cell in cells if cell.net is not None]
    net = sum((cell.net or Decimal(0) for cell in traded), Decimal(0))
    return Week(cells, net if traded else None, sum(cell.count for cell in traded))
