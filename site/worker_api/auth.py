"""Who may come in: key, address, pace and envelope, in this order, before the body."""

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyHeader

from audit import trail
from worker_api import addresses, envelope, keys, rates
from worker_api.models import WorkerKey
from worker_api.problems import ProblemError

WRONG_KEYS_PER_MINUTE = 60


class WorkerRequest(HttpRequest):
    """A request that came in: `auth` is the key it came with."""

    auth: WorkerKey


class WorkerAuth(APIKeyHeader):
    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> WorkerKey:
        """The valid key of this request; notes its use at most once a minute."""
        address = addresses.client(request)
        found = keys.find(key)
        if found is None:
            _slow_down(f"wrong:{address}", WRONG_KEYS_PER_MINUTE)
            raise AuthenticationError
        if address is None or (
            found.networks and not addresses.within(address, found.networks)
        ):
            raise ProblemError(403, "This key may not be used from this address.")
        _slow_down(found.key_id, settings.WORKER_RATE_PER_MINUTE)
        envelope.check(request)
        found.touch(str(address))
        return found


def _slow_down(name: str, limit: int) -> None:
    wait = rates.over(name, limit)
    if wait is not None:
        raise ProblemError(
            429,
            f"At most {limit} requests a minute. Wait {wait} s.",
            headers={"Retry-After": str(wait)},
        )


def require(key: WorkerKey, scope: str, target: object) -> None:
    """403 without scope; 404 and an audit row when it is limited to other targets."""
    if key.may(scope, target):
        return
    if key.targets(scope):
        trail.record(f"worker:{key.key_id}", "worker.refused", str(target), scope=scope)
        raise ProblemError(404, "There is nothing of this id for this key.")
    raise ProblemError(403, f"This key lacks the scope {scope}.")
