"""The HTTP client of AMI's internal API: one method per operation of the contract."""

import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
import pydantic

from ami_worker._errors import ApiError, AuthError, TransportError, ValidationError
from ami_worker._models import (
    AccountOut,
    BatchOut,
    DailyStatSetIn,
    FillBatchIn,
    RunIn,
    TradeSetIn,
    WhoAmI,
)

OPERATIONS = {
    "whoami": ("GET", "/api/internal/whoami"),
    "journal_accounts_list": ("GET", "/api/internal/journal/v1/accounts"),
    "journal_fills_push": ("POST", "/api/internal/journal/v1/fills"),
    "journal_trades_replace": ("PUT", "/api/internal/journal/v1/trades"),
    "journal_daily_stats_replace": ("PUT", "/api/internal/journal/v1/daily-stats"),
    "journal_runs_put": ("PUT", "/api/internal/journal/v1/runs"),
}
_ACCOUNTS = pydantic.TypeAdapter(list[AccountOut])


class Client:
    """A connection to one site with one key.

    Each call is one request without retries (ami_worker.sending retries). Raises
    TransportError when there is no usable answer and ApiError when the site refuses.
    `transport` replaces the network, for tests.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"X-API-Key": key, "Accept": "application/json"},
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def whoami(self) -> WhoAmI:
        return _read(WhoAmI.model_validate_json, self._call("whoami"))

    def journal_accounts_list(self) -> list[AccountOut]:
        """The accounts that the key may write."""
        return _read(_ACCOUNTS.validate_json, self._call("journal_accounts_list"))

    def journal_fills_push(self, batch: FillBatchIn) -> BatchOut:
        return self._send_model("journal_fills_push", batch)

    def journal_trades_replace(self, batch: TradeSetIn) -> BatchOut:
        return self._send_model("journal_trades_replace", batch)

    def journal_daily_stats_replace(self, batch: DailyStatSetIn) -> BatchOut:
        return self._send_model("journal_daily_stats_replace", batch)

    def journal_runs_put(self, run: RunIn) -> BatchOut:
        return self._send_model("journal_runs_put", run)

    def send(self, operation: str, body: bytes) -> BatchOut:
        """Send a body exactly as it was spooled: equal bytes make a repeat a replay."""
        return _read(BatchOut.model_validate_json, self._call(operation, body))

    def _send_model(self, operation: str, batch: pydantic.BaseModel) -> BatchOut:
        return self.send(operation, batch.model_dump_json().encode())

    def _call(self, operation: str, body: bytes | None = None) -> httpx.Response:
        method, path = OPERATIONS[operation]
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            answer = self._http.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise TransportError(f"no answer from {self._where}: {reason}") from error
        _refuse(answer, self._where)
        return answer

    @property
    def _where(self) -> str:
        return f"{self._http.base_url.scheme}://{self._http.base_url.netloc.decode()}"


def _read[T](parse: Callable[[bytes], T], answer: httpx.Response) -> T:
    """A login page of a proxy with status 200 must not count as delivered."""
    try:
        return parse(answer.content)
    except pydantic.ValidationError as error:
        raise TransportError(
            f"{answer.url.host} answered {answer.status_code}, but not as an AMI journal does"
        ) from error


def _refuse(answer: httpx.Response, where: str) -> None:
    if answer.is_success:
        return
    if answer.is_redirect:
        target = answer.headers.get("Location", "elsewhere")
        raise TransportError(
            f"{where} sends us to {target}: set AMI_WORKER_URL to that site"
        )
    problem = _problem(answer)
    if answer.status_code in {404, 405} and problem is None:
        raise TransportError(
            f"{where} has no journal here (404): is the journal switched on?"
        )
    raise _error(answer, problem or {})


def _error(answer: httpx.Response, problem: dict[str, Any]) -> ApiError:
    kinds = {401: AuthError, 403: AuthError, 422: ValidationError}
    kind = kinds.get(answer.status_code, ApiError)
    detail = str(problem.get("detail") or problem.get("title") or answer.reason_phrase)
    errors = tuple(
        (str(entry.get("field", "")), str(entry.get("message", "")))
        for entry in problem.get("errors") or []
        if isinstance(entry, dict)
    )
    return kind(answer.status_code, detail, errors, _retry_after(answer))


def _problem(answer: httpx.Response) -> dict[str, Any] | None:
    """The problem+json body; None when the answer is something else."""
    if "json" not in answer.headers.get("Content-Type", ""):
        return None
    try:
        body = json.loads(answer.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None
