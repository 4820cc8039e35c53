"""Which account, currency and days a page shows; all of it stands in the URL."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from journal import trading_day
from journal.models import Account

KINDS = {
    "all": gettext_noop("All"),
    "month": gettext_noop("This month"),
    "90d": gettext_noop("90 days"),
    "year": gettext_noop("This year"),
}


@dataclass(frozen=True)
class View:
    """One account in one currency from first to last (both included, None is open)."""

    account: Account
    currency: str
    kind: str = "all"
    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, query: QueryDict, account: Account, currency: str) -> Self:
        """What the URL asks for; what cannot be read means everything."""
        kind = query.get("period", "all")
        today = trading_day.today(account)
        if kind == "custom":
            first, last = day(query.get("from")), day(query.get("to"))
            if first and last and first > last:
                first, last = last, first
            if first or last:
                return cls(account, currency, kind, first, last)
        starts = {
            "month": today.replace(day=1),
            "90d": today - timedelta(days=89),
            "year": today.replace(month=1, day=1),
        }
        return cls(
            account, currency, kind if kind in starts else "all", starts.get(kind)
        )

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.account.timezone)

    def days(self, field: str) -> dict[str, date]:
        """A filter of this period over the date field of that name."""
        bounds = {f"{field}__gte": self.first, f"{field}__lte": self.last}
        return {name: bound for name, bound in bounds.items() if bound}

    def query(self, **more: object) -> str:
        """The part of a URL that leads here, with more parameters."""
        values: dict[str, object] = {"account": self.account.pk}
        if self.currency != self.account.base_currency:
            values["currency"] = self.currency
        if self.kind != "all":
            values["period"] = self.kind
        if self.kind == "custom":
            values |= {"from": self.first or "", "to": self.last or ""}
        return urlencode(values | {k: v for k, v in more.items() if v})

    def choices(self) -> list[dict[str, object]]:
        """The period links: label, url, whether it is the one shown."""
        return [
            {
                "label": _(label),
                "query": replace(self, kind=kind, first=None, last=None).query(),
                "current": kind == self.kind,
            }
            for kind, label in KINDS.items()
        ]

    def of_day(self, when: date) -> "View":
        return replace(self, kind="custom", first=when, last=when)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
