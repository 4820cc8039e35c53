"""Six key figures of a period, each with its sample and how it was computed.

Sums come from the kept rolls, the drawdown from the worker's daily statistics. What is
undefined is None and shown as a dash.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journal import numbers
from journal.models import DailyStat, Roll
from journal.period import View

FEW = 30


@dataclass(frozen=True)
class Totals:
    """Plain sums over closed trades."""

    count: int = 0
    wins: int = 0
    losses: int = 0
    gross_profit: Decimal = Decimal(0)
    gross_loss: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    net: Decimal = Decimal(0)

    @property
    def win_rate(self) -> Decimal | None:
        return Decimal(self.wins) / self.count if self.count else None

    @property
    def profit_factor(self) -> Decimal | None:
        """None without trades and without losses."""
        return self.gross_profit / -self.gross_loss if self.gross_loss else None

    @property
    def expectancy(self) -> Decimal | None:
        return self.net / self.count if self.count else None


@dataclass(frozen=True)
class Fall:
    """The deepest fall of equity below its highest point; share None if undefined."""

    amount: Decimal | None = None
    share: Decimal | None = None
    days: int = 0


@dataclass(frozen=True)
class Figure:
    label: str
    text: str
    sample: str
    how: str
    sign: str = ""
    few: bool = False
    unit: str = ""


def totals(view: View) -> Totals:
    """One query."""
    names = list(Totals.__dataclass_fields__)
    found = Roll.objects.filter(
        account=view.account, currency=view.currency, **view.days("day")
    ).aggregate(**{f"sum_{name}": Sum(name) for name in names})
    known = {name: found[f"sum_{name}"] for name in names}
    return Totals(**known) if known["count"] else Totals()


def deepest_fall(view: View) -> Fall:
    """Of the period's days, below the highest equity until then. Two queries."""
    days = DailyStat.objects.filter(
        account=view.account, currency=view.currency, **view.days("date")
    )
    count = days.count()
    amount, share = (
        days.order_by("-drawdown_abs", F("drawdown_pct").desc(nulls_last=True))
        .values_list("drawdown_abs", "drawdown_pct")
        .first()
    ) or (None, None)
    return Fall(amount, share, count)


def strip(view: View, sums: Totals, fall: Fall) -> list[Figure]:
    """The six figures as the page shows them."""
    sample = ngettext("%(n)s trade", "%(n)s trades", sums.count) % {
        "n": numbers.plain(Decimal(sums.count), 0)
    }
    few = 0 < sums.count < FEW
    return [
        _net(view, sums, sample),
        _win_rate(sums, sample, few),
        _profit_factor(view, sums, sample, few),
        _expectancy(view, sums, sample, few),
        _drawdown(view, fall),
        _trades(sums, few),
    ]


def _net(view: View, sums: Totals, sample: str) -> Figure:
    return Figure(
        _("Net P&L"),
        numbers.money(sums.net, signed=True),
        sample,
        _(
            "What the closed trades earned after costs: %(net)s. Costs of %(fees)s are already taken off."
        )
        % {
            "net": numbers.money(sums.net, view.currency, signed=True),
            "fees": numbers.money(sums.fees, view.currency),
        },
        sign=numbers.sign(sums.net),
        unit=view.currency,
    )


def _win_rate(sums: Totals, sample: str, few: bool) -> Figure:
    return Figure(
        _("Win rate"),
        numbers.percent(sums.win_rate),
        sample,
        _(
            "Trades with a profit after costs, out of all closed trades: %(wins)s of %(count)s. Break-even trades count as trades, not as wins."
        )
        % {"wins": sums.wins, "count": sums.count},
        few=few,
    )


def _profit_factor(view: View, sums: Totals, sample: str, few: bool) -> Figure:
    factor = sums.profit_factor
    text = numbers.NOTHING if factor is None else numbers.plain(factor)
    if factor is None and sums.wins:
        text = "∞"
    return Figure(
        _("Profit factor"),
        text,
        sample,
        _(
            "The sum of winning trades divided by the sum of losing ones: %(profit)s / %(loss)s. Above 1 you earn. Without a loss it has no value."
        )
        % {
            "profit": numbers.money(sums.gross_profit, view.currency),
            "loss": numbers.money(-sums.gross_loss, view.currency),
        },
        few=few,
    )


def _expectancy(view: View, sums: Totals, sample: str, few: bool) -> Figure:
    value = sums.expectancy
    return Figure(
        _("Expectancy"),
        numbers.money(value, signed=True),
        sample,
        _("What one trade earned on average after costs: %(net)s / %(count)s.")
        % {
            "net": numbers.money(sums.net, view.currency, signed=True),
            "count": sums.count,
        },
        sign=numbers.sign(value),
        unit=view.currency if sums.count else "",
        few=few,
    )


def _drawdown(view: View, fall: Fall) -> Figure:
    days = ngettext("%(n)s day", "%(n)s days", fall.days) % {
        "n": numbers.plain(Decimal(fall.days), 0)
    }
    share = f" · {numbers.percent(fall.share)}" if fall.share is not None else ""
    return Figure(
        _("Max. drawdown"),
        numbers.money(-fall.amount if fall.amount else fall.amount),
        f"{days}{share}",
        _("The deepest fall of the day's closing equity below the highest equity reached before, within the days shown. The starting balance counts as a high."),
        sign="loss" if fall.amount else "",
        unit=view.currency if fall.days else "",
    )  # fmt: skip


def _trades(sums: Totals, few: bool) -> Figure:
    even = sums.count - sums.wins - sums.losses
    return Figure(
        _("Closed trades"),
        numbers.plain(Decimal(sums.count), 0),
        _("%(wins)s won · %(losses)s lost · %(even)s even")
        % {"wins": sums.wins, "losses": sums.losses, "even": even},
        _("A trade runs from flat to flat: it ends when the position is back at zero. It counts on the account's trading day of its last exit. Open positions do not count."),
        few=few,
    )  # fmt: skip
