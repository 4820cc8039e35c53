"""One API request: key, idempotency, validation, the endpoint, the answer."""

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from billing.fakestripe import forms, params
from billing.fakestripe.engine import timeline
from billing.fakestripe.errors import StripeError
from billing.fakestripe.expand import expand
from billing.fakestripe.resources import (
    accounts,
    catalog,
    checkout,
    customers,
    invoices,
    payments,
    portal,
    schedules,
    setups,
    subscriptions,
)
from billing.fakestripe.resources.routing import Call, Route
from billing.fakestripe.shapes import public
from billing.fakestripe.store import Obj, Store

SECRET_KEY = re.compile(r"(sk|rk)_test_[A-Za-z0-9]{24,}")
FAMILIES = (
    accounts,
    catalog,
    checkout,
    customers,
    invoices,
    payments,
    portal,
    schedules,
    setups,
    subscriptions,
)
ROUTES = [(route.pattern, route) for family in FAMILIES for route in family.ROUTES]


class Answer(NamedTuple):
    status: int
    body: Obj
    request_id: str
    replayed: bool = False


def authorize(headers: Mapping[str, str], api_key: str | None) -> None:
    """Bearer or basic user; StripeError 401 unless it is a well-formed test key (the one set)."""
    value = headers.get("Authorization", "")
    key = value.removeprefix("Bearer ").strip()
    if value.startswith("Basic "):
        with contextlib.suppress(ValueError):
            key = base64.b64decode(value[6:]).decode("latin-1").partition(":")[0]
    if not key:
        raise StripeError("You did not provide an API key.", status=401)
    if not SECRET_KEY.fullmatch(key) or (api_key is not None and key != api_key):
        shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)


def answer(
    store: Store,
    method: str,
    target: str,
    body: str,
    headers: Mapping[str, str],
    api_key: str | None,
) -> Answer:
    """The status and body for a request under /v1. Holds the store's lock meanwhile."""
    path, _, query = target.partition("?")
    with store.transaction():
        request_id = f"req_{store.random(14)}"
        key = headers.get("Idempotency-Key") if method == "POST" else None
        store.request = {"id": request_id, "idempotency_key": key}
        try:
            authorize(headers, api_key)
            raw = forms.parse(query if method == "GET" else body or query)
            fingerprint = _fingerprint(method, path, raw)
            if key and (kept := _replay(store, key, fingerprint)):
                return Answer(kept["status"], kept["body"], request_id, replayed=True)
        except StripeError as error:
            return Answer(error.status, _error(error), request_id)
        status, result = _run(store, method, path, raw)
        # A 400 did not begin to execute, so Stripe forgets it too.
        if key and status in {200, 402}:
            store.idempotency[key] = {
                "fingerprint": fingerprint, "status": status, "body": result,
            }  # fmt: skip
            store.dirty = True
        return Answer(status, result, request_id)


def _fingerprint(method: str, path: str, raw: Obj) -> str:
    text = json.dumps([method, path, raw], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _replay(store: Store, key: str, fingerprint: str) -> Obj | None:
    kept = store.idempotency.get(key)
    if kept and kept["fingerprint"] != fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
        )
    return kept


def _run(store: Store, method: str, path: str, raw: Obj) -> tuple[int, Obj]:
    try:
        route, ids = _match(method, path)
        given = (
            params.clean(route.params, raw) if route.params else params.expand_only(raw)
        )
        timeline.run_due(store)
        result = route.handler(Call(store, given, ids))
        wanted = given.get("expand") or []
        body = public(expand(store, result, list(wanted)))
    except StripeError as error:
        return error.status, _error(error)
    return 200, json.loads(json.dumps(body))


def _match(method: str, path: str) -> tuple[Route, list[str]]:
    for pattern, route in ROUTES:
        found = pattern.fullmatch(path.rstrip("/"))
        if found and route.method == method:
            return route, list(found.groups())
    raise StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)


def _error(error: StripeError) -> Obj:
    body = json.loads(json.dumps(public(error.body)))
    if "code" in body:
        body["doc_url"] = (
            f"https://stripe.com/docs/error-codes/{body['code'].replace('_', '-')}"
        )
    return {"error": body}
