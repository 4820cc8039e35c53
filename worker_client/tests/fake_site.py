"""A small site that keeps the contract's promises in memory, on a real local socket."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ami_worker import _models as models
from ami_worker._client import OPERATIONS

ACCOUNT = "11111111-1111-4111-8111-111111111111"
_BODIES = {
    "journal_fills_push": models.FillBatchIn,
    "journal_trades_replace": models.TradeSetIn,
    "journal_daily_stats_replace": models.DailyStatSetIn,
    "journal_runs_put": models.RunIn,
}


def account(**changes: str) -> dict[str, str]:
    return {
        "id": ACCOUNT,
        "name": "Demo",
        "broker": "any",
        "base_currency": "USD",
        "timezone": "America/New_York",
        "day_roll": "00:00",
        "matching_method": "fifo",
        "starting_balance": "10000",
        **changes,
    }


class FakeSite:
    def __init__(self) -> None:
        self.accounts: list[dict[str, str]] = []
        self.fills: dict[str, dict[str, Any]] = {}
        self.trades: dict[str, list[dict[str, Any]]] = {}
        self.days: list[dict[str, Any]] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        self.faults: list[tuple[str, int, dict[str, str], bytes]] = []
        self._seen: dict[str, tuple[str, dict[str, Any]]] = {}
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.site = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(
        self,
        operation: str,
        status: int,
        *,
        times: int = 1,
        body: bytes = b"{}",
        headers: dict[str, str] | None = None,
    ) -> None:
        """The next `times` requests of an operation ("*" = any) get this answer.

        Status 0 stores the batch and then cuts the connection without an answer;
        status -1 stores it, sets `stalled`, and answers nothing until `go_on` is set.
        """
        chosen = headers or {"Content-Type": "application/problem+json"}
        self.faults += [(operation, status, chosen, body)] * times

    def recover(self) -> None:
        self.faults.clear()

    def fault(self, operation: str) -> tuple[int, dict[str, str], bytes] | None:
        for place, (wanted, status, headers, body) in enumerate(self.faults):
            if wanted in {operation, "*"}:
                del self.faults[place]
                return status, headers, body
        return None

    def take(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        content = _BODIES[operation].model_validate_json(body).model_dump(mode="json")
        name = content.get("batch_id") or content["run_id"]
        digest = hashlib.sha256(body).hexdigest()
        if name in self._seen and operation != "journal_runs_put":
            known, answer = self._seen[name]
            if known != digest:
                return 409, {"detail": "other body"}
            return 200, {**answer, "replay": True}
        answer = {"batch_id": name, "replay": False, **self._store(operation, content)}
        self._seen[name] = (digest, answer)
        return 200, answer

    def _store(self, operation: str, content: dict[str, Any]) -> dict[str, int]:
        counts = {"created": 0, "updated": 0, "unchanged": 0, "removed": 0}
        if operation == "journal_fills_push":
            for row in content["rows"]:
                name = f"{content['source']}|{row['external_id']}"
                old = self.fills.get(name)
                word = "updated" if old else "created"
                counts["unchanged" if old == row else word] += 1
                self.fills[name] = row
        elif operation == "journal_trades_replace":
            counts["removed"] = len(self.trades.get(content["instrument"], []))
            self.trades[content["instrument"]] = content["rows"]
            counts["created"] = len(content["rows"])
        elif operation == "journal_daily_stats_replace":
            self.days = content["rows"]
            counts["created"] = len(content["rows"])
        else:
            self.runs[content["run_id"]] = content
        return counts

    def state(self) -> str:
        """Everything that was stored, without what differs from run to run."""
        return json.dumps([self.fills, self.trades, self.days], sort_keys=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    site: FakeSite


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _serve(self) -> None:
        site = self.server.site
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        names = {where: name for name, where in OPERATIONS.items()}
        operation = names[(self.command, self.path)]
        site.log.append(operation)
        fault = site.fault(operation)
        if fault and fault[0] <= 0:
            site.take(operation, body)
            if fault[0] < 0:
                site.stalled.set()
                site.go_on.wait(30)
            self.close_connection = True
        elif fault:
            self._answer(*fault)
        elif self.headers["X-API-Key"] != "good-key":
            self._answer(401, {"Content-Type": "application/problem+json"}, b"{}")
        else:
            status, content = self._ask(operation, body)
            kind = {"Content-Type": "application/json"}
            self._answer(status, kind, json.dumps(content).encode())

    def _ask(self, operation: str, body: bytes) -> tuple[int, Any]:
        if operation == "journal_accounts_list":
            return 200, self.server.site.accounts
        if operation == "whoami":
            me = {"key_id": "k1", "name": "tester", "contract": "1"}
            return 200, {**me, "scopes": ["journal:write"]}
        return self.server.site.take(operation, body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815  the base class names them so

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the tests read site.log."""
