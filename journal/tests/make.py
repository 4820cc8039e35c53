"""Accounts and what a worker would send about them."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.test import Client

from journal.models import Account
from worker_api.tests import make as worker

API = "/api/internal/journal/v1"
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
INSTRUMENT = "equity:AAPL:USD"


def account(user: Any, **fields: Any) -> Account:
    defaults = {"name": "Main", "broker": "Test Broker", "base_currency": "USD",
                "timezone": "America/New_York", "starting_balance": 10_000}  # fmt: skip
    return Account.objects.create(user=user, **(defaults | fields))


class Worker:
    """A worker's HTTP calls with a key of its own."""

    def __init__(self, *scopes: str, **options: Any) -> None:
        self.key, self.text = worker.key(*(scopes or ("journal:write",)), **options)

    def send(self, operation: str, body: Any, **headers: str) -> Any:
        method = "post" if operation == "fills" else "put"
        return getattr(Client(), method)(
            f"{API}/{operation}",
            data=body if isinstance(body, (str, bytes)) else json.dumps(body),
            content_type=headers.pop("content_type", "application/json"),
            headers={"X-API-Key": self.text, **headers},
        )

    def must(self, operation: str, body: Any) -> dict[str, int]:
        """The counts of an accepted write."""
        answer = self.send(operation, body)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        return {
            name: found[name] for name in ("created", "updated", "unchanged", "removed")
        }


def instrument(**fields: Any) -> dict[str, Any]:
    return {"key": INSTRUMENT, "asset_class": "equity", "symbol": "AAPL",
            "venue": "NASDAQ", "currency": "USD"} | fields  # fmt: skip


def fill(number: int, **fields: Any) -> dict[str, Any]:
    """An even number buys, an odd one sells a dollar higher, a quarter of an hour later."""
    is_buy = number % 2 == 0
    return {
        "external_id": f"f{number}",
        "instrument": INSTRUMENT,
        "side": "buy" if is_buy else "sell",
        "quantity": "10",
        "price": "100" if is_buy else "101.5",
        "executed_at": (START + timedelta(hours=number)).isoformat(),
        "commission": "0.5",
        "fee_currency": "USD",
    } | fields


def fills(
    account: Account, rows: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    return {
        "batch_id": str(uuid4()),
        "account_id": str(account.pk),
        "source": "test_csv",
        "instruments": [instrument()],
        "rows": rows,
    } | fields


def trade(account: Account, number: int, **fields: Any) -> dict[str, Any]:
    """The round trip of fills 2n and 2n + 1, with the net given or 14."""
    net = Decimal(fields.pop("net", "14"))
    opened = START + timedelta(hours=2 * number)
    return {
        "id": str(uuid5(UUID(str(account.pk)), f"{INSTRUMENT}|f{2 * number}")),
        "direction": "long",
        "status": "closed",
        "opened_at": opened.isoformat(),
        "closed_at": (opened + timedelta(hours=1)).isoformat(),
        "quantity": "10",
        "entry_price": "100",
        "exit_price": "101.5",
        "gross_pnl": format(net + 1, "f"),
        "commission": "1",
        "fees": "0",
        "funding": "0",
        "net_pnl": format(net, "f"),
        "currency": "USD",
        "holding_seconds": 3600,
        "fill_count": 2,
        "fills": [
            {"external_id": f"f{2 * number}", "source": "test_csv", "quantity": "10",
             "role": "entry"},
            {"external_id": f"f{2 * number + 1}", "source": "test_csv", "quantity": "10",
             "role": "exit", "realized_pnl": format(net, "f")},
        ],
    } | fields  # fmt: skip


def trades(
    account: Account, rows: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    return {
        "batch_id": str(uuid4()),
        "account_id": str(account.pk),
        "instrument": INSTRUMENT,
        "matcher_version": "1",
        "rows": rows,
    } | fields


def daily(day: str, net: str = "14", **fields: Any) -> dict[str, Any]:
    return {
        "date": day, "currency": "USD", "trades_closed": 1, "wins": 1, "losses": 0,
        "breakevens": 0, "gross_pnl": net, "commission": "0", "fees": "0",
        "funding": "0", "net_pnl": net, "volume": "2015", "cash_flow": "0",
        "equity_open": "10000", "equity_close": str(10000 + Decimal(net)),
        "peak_equity": str(max(Decimal(10000), 10000 + Decimal(net))),
        "drawdown_abs": str(max(Decimal(0), -Decimal(net))), "drawdown_pct": "0",
        "return_pct": "0.0014",
    } | fields  # fmt: skip


def dailies(
    account: Account, rows: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    return {
        "batch_id": str(uuid4()),
        "account_id": str(account.pk),
        "metrics_version": "1",
        "rows": rows,
    } | fields


def run(account: Account, **fields: Any) -> dict[str, Any]:
    return {
        "run_id": str(uuid4()), "account_id": str(account.pk), "source": "test_csv",
        "filename": "statement.csv", "state": "finished",
        "started_at": START.isoformat(), "rows_read": 12, "rows_rejected": 1,
    } | fields  # fmt: skip


def story(account: Account, nets: list[str]) -> None:
    """Fills, trades and a day's statistics for each net, as a worker would post them."""
    worker = Worker()
    count = 2 * len(nets)
    worker.must("fills", fills(account, [fill(number) for number in range(count)]))
    rows = [trade(account, number, net=net) for number, net in enumerate(nets)]
    worker.must("trades", trades(account, rows))
    equity, peak, days = Decimal(account.starting_balance), Decimal(0), []
    for number, net in enumerate(nets):
        opened, equity = equity, equity + Decimal(net)
        peak = max(peak, opened, equity)
        days.append(
            daily(
                f"{(START + timedelta(days=number)).date()}",
                net,
                equity_open=str(opened),
                equity_close=str(equity),
                peak_equity=str(peak),
                drawdown_abs=str(peak - equity),
                drawdown_pct=format((peak - equity) / peak, ".12f"),
            )
        )
    worker.must("daily-stats", dailies(account, days))
