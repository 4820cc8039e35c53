"""Time: what falls due, by the wall clock or by a test clock."""

from collections.abc import Callable, Iterator
from functools import partial

from billing.fakestripe.engine import lifecycle, pending
from billing.fakestripe.engine.events import Change, clock_of, emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.store import Obj, Store

type Due = tuple[int, Callable[[int], object]]

DAY = 86400
TRIAL_NOTICE = 3 * DAY
INCOMPLETE_LIFE = 23 * 3600
LIMIT = 5000


def run_due(
    store: Store, clock_id: str | None = None, *, until: int | None = None
) -> int:
    """Do everything due up to `until`, in its order, each at its own moment. Returns how many."""
    horizon = store.now(clock_id) if until is None else until
    for count in range(LIMIT):
        due = [entry for entry in _due(store, clock_id) if entry[0] <= horizon]
        if not due:
            return count
        moment, action = min(due, key=lambda entry: entry[0])
        with store.at(moment):
            action(moment)
    raise StripeError("The test clock was advanced over too many periods at once.")


def _due(store: Store, clock_id: str | None) -> Iterator[Due]:
    for subscription in store.all("subscription"):
        if subscription["status"] in lifecycle.ENDED:
            continue
        if clock_of(store, subscription) == clock_id:
            yield from _subscription_due(store, subscription)
    if clock_id is None:
        for session in store.all("checkout.session", status="open"):
            yield session["expires_at"], partial(_expire, store, session)


def _subscription_due(store: Store, row: Obj) -> Iterator[Due]:
    status = row["status"]
    if status == "incomplete":
        yield (
            row["created"] + INCOMPLETE_LIFE,
            lambda now: lifecycle.expire(store, row, now),
        )
        return
    if row["cancel_at"] and not row["cancel_at_period_end"]:
        yield row["cancel_at"], lambda now: lifecycle.end(store, row, now)
    if status == "trialing" and not row.get("_noticed"):
        moment = max(row["created"], row["trial_end"] - TRIAL_NOTICE)
        yield moment, lambda _now: _notice(store, row)
    if status in {"active", "trialing", "past_due"}:
        yield lifecycle.period_end(row), lambda now: lifecycle.roll(store, row, now)
    yield from _foreseen(store, row)
    if row["pending_update"]:
        yield (
            row["pending_update"]["expires_at"],
            lambda now: pending.expire(store, row, now),
        )
    pause = row["pause_collection"]
    if pause and pause.get("resumes_at"):
        yield pause["resumes_at"], lambda _now: _resume_collection(store, row)
    yield from _retries(store, row)


def _foreseen(store: Store, row: Obj) -> Iterator[Due]:
    """invoice.upcoming, some days before a charge; never of a plan that ends."""
    ends = lifecycle.period_end(row)
    moment = ends - store.settings["upcoming_days"] * DAY
    charged = row["status"] in {"active", "trialing"} and row["cancel_at"] is None
    if (
        charged
        and row.get("_foreseen") != ends
        and moment > lifecycle.period_start(row)
    ):
        yield moment, lambda _now: lifecycle.foresee(store, row)


def _retries(store: Store, row: Obj) -> Iterator[Due]:
    for invoice in store.all("invoice", status="open"):
        when = invoice["next_payment_attempt"]
        if when and lifecycle.subscription_of(invoice) == row["id"]:
            yield when, partial(lifecycle.collect, store, row, invoice)


def _notice(store: Store, row: Obj) -> None:
    row["_noticed"] = True
    emit(store, "customer.subscription.trial_will_end", row)


def _resume_collection(store: Store, row: Obj) -> None:
    change = Change(store, "customer.subscription.updated", row)
    row["pause_collection"] = None
    change.emit()


def _expire(store: Store, session: Obj, _now: int) -> None:
    expire_session(store, session)


def expire_session(store: Store, session: Obj) -> None:
    session.update(status="expired", url=None)
    emit(store, "checkout.session.expired", session)


def advance(store: Store, clock_id: str | None, to: int) -> int:
    """Set a clock forward and do what falls due on the way. StripeError if `to` is in the past."""
    if to < store.now(clock_id):
        raise StripeError(
            "The time must be after the current one.", param="frozen_time"
        )
    count = run_due(store, clock_id, until=to)
    if clock_id:
        store.get("test_helpers.test_clock", clock_id)["frozen_time"] = to
    else:
        store.settings["clock_offset"] += to - store.now()
    store.dirty = True
    return count


def bring_forward(store: Store, subscription: Obj) -> None:
    """End the current period now, by moving the subscription's past back in time.

    The site's own clock stays right: after a renewal the new period starts now, not in a month.
    """
    now = store.now(clock_of(store, subscription))
    shift = lifecycle.period_end(subscription) - now
    if shift <= 0:
        return
    for name in (
        "billing_cycle_anchor",
        "start_date",
        "trial_start",
        "trial_end",
        "cancel_at",
    ):
        if subscription[name]:
            subscription[name] -= shift
    for item in subscription["items"]["data"]:
        item["current_period_start"] -= shift
        item["current_period_end"] -= shift
    store.dirty = True


def close_period(store: Store, subscription: Obj) -> None:
    """Renew now (or end now, if that was planned), with the present as the period's end."""
    bring_forward(store, subscription)
    run_due(store, clock_of(store, subscription))


def retry_now(store: Store, invoice: Obj) -> StripeError | None:
    """The next dunning attempt, without waiting for its day."""
    subscription = store.get("subscription", lifecycle.subscription_of(invoice))
    now = store.now(clock_of(store, subscription))
    return lifecycle.collect(store, subscription, invoice, now)
