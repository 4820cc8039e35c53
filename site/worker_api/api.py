"""The one NinjaAPI; it knows no domain. Rooms add their routers in AppConfig.ready()."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from worker_api import problems
from worker_api.auth import WorkerAuth, WorkerRequest
from worker_api.envelope import StrictParser
from worker_api.problems import ProblemError
from worker_api.schemas import CONTRACT, WhoAmI


def only_when_shown(
    view: Callable[..., HttpResponse],
) -> Callable[..., HttpResponse]:
    """Serve the documentation only where settings.WORKER_API_DOCS says so."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.WORKER_API_DOCS:
            return nothing_here(request)
        return view(request, **kwargs)

    return guarded


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """A 404 that workers can read, for paths of rooms that are not installed too."""
    return problems.answer(request, ProblemError(404, "There is no such operation."))


class WorkerApi(NinjaAPI):
    def _get_urls(self) -> list[URLResolver | URLPattern]:
        return [*super()._get_urls(), path("<path:rest>", nothing_here)]


api = WorkerApi(
    title="AMI worker API",
    version=CONTRACT,
    description="What workers write to an AMI site. Numbers are text; times have an offset.",
    urls_namespace="worker_api",
    auth=WorkerAuth(),
    parser=StrictParser(),
    docs_url="/docs",
    openapi_url="/openapi.json",
    docs_decorator=only_when_shown,
)
problems.install(api)


@api.get("/whoami", operation_id="whoami", response=WhoAmI)
def whoami(request: WorkerRequest) -> WhoAmI:
    """Which key this is and what it may do."""
    key = request.auth
    return WhoAmI(
        key_id=key.key_id, name=key.name, scopes=key.scopes, contract=CONTRACT
    )
