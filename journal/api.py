"""The journal's operations of the worker API: parse, one call, answer."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from ninja import Router

from journal import daily_stats, fills, runs, trades
from journal.models import Account
from journal.schemas import (
    AccountOut,
    DailyStatSetIn,
    FillBatchIn,
    RunIn,
    TradeSetIn,
)
from worker_api import batches
from worker_api.auth import WorkerRequest, require
from worker_api.batches import Counts
from worker_api.problems import ProblemError
from worker_api.schemas import BatchOut

SCOPE = "journal:write"
router = Router(tags=["journal"])


@router.get(
    "/accounts", operation_id="journal_accounts_list", response=list[AccountOut]
)
def accounts_list(request: WorkerRequest) -> list[AccountOut]:
    """The open accounts that this key may write."""
    targets = request.auth.targets(SCOPE)
    if targets is not None and not targets:
        raise ProblemError(403, f"This key lacks the scope {SCOPE}.")
    found = Account.objects.filter(closed_at=None)
    if targets is not None:
        found = found.filter(pk__in=list(filter(None, map(_uuid, targets))))
    names = AccountOut.model_fields
    return [AccountOut(**{name: _wire(item, name) for name in names}) for item in found]


@router.post("/fills", operation_id="journal_fills_push", response=BatchOut)
def fills_push(request: WorkerRequest, payload: FillBatchIn) -> BatchOut:
    """Add fills; the same fill again changes it or nothing."""
    return _write_once(
        request, payload, "journal.fills", lambda account: fills.store(account, payload)
    )


@router.put("/trades", operation_id="journal_trades_replace", response=BatchOut)
def trades_replace(request: WorkerRequest, payload: TradeSetIn) -> BatchOut:
    """Replace one instrument's trades opened in [window_from, window_to)."""
    return _write_once(
        request,
        payload,
        "journal.trades",
        lambda account: trades.replace(account, payload),
    )


@router.put(
    "/daily-stats", operation_id="journal_daily_stats_replace", response=BatchOut
)
def daily_stats_replace(request: WorkerRequest, payload: DailyStatSetIn) -> BatchOut:
    """Replace an account's statistics dated in [window_from, window_to]."""
    return _write_once(
        request,
        payload,
        "journal.daily_stats",
        lambda account: daily_stats.replace(account, payload),
    )


@router.put("/runs", operation_id="journal_runs_put", response=BatchOut)
def runs_put(request: WorkerRequest, payload: RunIn) -> BatchOut:
    """Say how a run goes; the answer's batch_id is the run's id."""
    require(request.auth, SCOPE, payload.account_id)
    with transaction.atomic():
        counts = runs.put(_locked(payload.account_id), payload)
        if counts.created or counts.updated:
            batches.record(
                request,
                "journal.run",
                str(payload.account_id),
                batch_id=payload.run_id,
                counts=counts,
            )
    return BatchOut(batch_id=payload.run_id, replay=False, **asdict(counts))


def _write_once(
    request: WorkerRequest,
    payload: FillBatchIn | TradeSetIn | DailyStatSetIn,
    operation: str,
    write: Callable[[Account], Counts],
) -> BatchOut:
    require(request.auth, SCOPE, payload.account_id)
    return batches.once(
        request,
        payload.batch_id,
        operation=operation,
        target=str(payload.account_id),
        write=lambda: write(_locked(payload.account_id)),
    )


def _locked(account_id: UUID) -> Account:
    """The account, with writers of the same account waiting; 404 when there is none."""
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None or account.closed_at is not None:
        raise ProblemError(404, "There is no open account of this id.")
    return account


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _wire(account: Account, name: str) -> object:
    value = getattr(account, name)
    return format(value, "f") if name == "starting_balance" else value
