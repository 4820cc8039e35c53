"""How endpoints are declared, and how lists answer."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from billing.fakestripe.errors import StripeError, missing
from billing.fakestripe.store import Obj, Store

OWN = {"limit", "starting_after", "ending_before", "expand", "created"}


@dataclass
class Call:
    """One API request: typed parameters, the ids of its path."""

    store: Store
    params: Obj
    ids: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.ids[0]


@dataclass(frozen=True)
class Route:
    """params: the name of the parameters' class for `params.clean`; None allows only expand."""

    method: str
    path: str
    handler: Callable[[Call], Obj]
    params: str | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{\w+\}", "([^/]+)", self.path) + "$")


def retrieve(path: str, kind: str) -> Route:
    """GET of one object by id."""
    return Route("GET", path + "/{id}", lambda call: call.store.get(kind, call.id))


def index(path: str, kind: str, params: str) -> Route:
    """GET of the list: every parameter but the paging ones must equal the field of that name."""

    def handler(call: Call) -> Obj:
        wanted = {name: value for name, value in call.params.items() if name not in OWN}
        return page(call, call.store.all(kind, **wanted), path)

    return Route("GET", path, handler, params)


def page(call: Call, rows: Iterable[Obj], url: str) -> Obj:
    """Newest first, `limit` rows (10), after or before the row named."""
    found = [
        row for row in reversed(list(rows)) if _created(row, call.params.get("created"))
    ]
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeError(
            "Invalid limit: must be between 1 and 100", code="parameter_invalid_integer",
            param="limit",
        )  # fmt: skip
    if after := call.params.get("starting_after"):
        found = found[_position(found, after, "starting_after") + 1 :]
    if before := call.params.get("ending_before"):
        found = found[: _position(found, before, "ending_before")]
        chunk = found[-limit:]
    else:
        chunk = found[:limit]
    return {
        "object": "list",
        "data": chunk,
        "has_more": len(found) > len(chunk),
        "url": url,
    }


def _position(rows: list[Obj], object_id: str, param: str) -> int:
    for position, row in enumerate(rows):
        if row["id"] == object_id:
            return position
    raise missing("object", object_id, param)


def _created(row: Obj, wanted: Any) -> bool:
    if wanted is None:
        return True
    moment = row.get("created", 0)
    if isinstance(wanted, int):
        return bool(moment == wanted)
    checks = {
        "gt": lambda limit: moment > limit,
        "gte": lambda limit: moment >= limit,
        "lt": lambda limit: moment < limit,
        "lte": lambda limit: moment <= limit,
    }
    return all(checks[name](limit) for name, limit in wanted.items())


def merge_metadata(obj: Obj, given: Any) -> None:
    """Stripe's rule: keys are merged, an empty value removes one, `metadata=""` removes all."""
    if given == "":
        obj["metadata"] = {}
    elif given is not None:
        merged = {**(obj["metadata"] or {}), **given}
        obj["metadata"] = {key: value for key, value in merged.items() if value != ""}


def update(obj: Obj, params: Obj, names: Iterable[str]) -> None:
    """Copy those parameters onto the object (an empty text becomes null) and merge metadata."""
    for name in names:
        if name in params:
            obj[name] = None if params[name] == "" else params[name]
    merge_metadata(obj, params.get("metadata"))
