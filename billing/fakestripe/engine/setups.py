"""A card saved without a charge: Checkout's mode `setup`."""

from billing.fakestripe.engine import cards
from billing.fakestripe.engine.events import emit
from billing.fakestripe.errors import StripeError
from billing.fakestripe.shapes import fresh
from billing.fakestripe.store import Obj, Store


def intent(store: Store, session: Obj, data: Obj) -> Obj:
    """What a session in setup mode waits with; emits setup_intent.created."""
    made = fresh(store, "setup_intent", customer=session["customer"])
    made.update(
        client_secret=f"{made['id']}_secret_{store.random(25)}",
        description=data.get("description"),
        metadata=data.get("metadata") or {},
    )
    store.put("setup_intent", made)
    emit(store, "setup_intent.created", made)
    return made


def attempt(
    store: Store, made: Obj, method: Obj, *, authenticated: bool
) -> StripeError | None:
    """Save the card. None when done; the refusal otherwise. Nothing is charged, so that a
    decline planned for the next charge is not used up."""
    result = cards.CARDS[method["_number"]].outcome
    if result == "3ds" and not authenticated:
        made.update(status="requires_action", payment_method=method["id"])
        emit(store, "setup_intent.requires_action", made)
        return cards.decline("authentication_required", setup_intent=made)
    if result not in {"ok", "3ds"} and method["_number"] != cards.ATTACHABLE_DECLINE:
        error = cards.decline(result)
        made.update(status="requires_payment_method", last_setup_error=error.body)
        emit(store, "setup_intent.setup_failed", made)
        return error
    made.update(status="succeeded", payment_method=method["id"], last_setup_error=None)
    emit(store, "setup_intent.succeeded", made)
    return None
