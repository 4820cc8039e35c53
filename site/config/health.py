"""Live and ready: what load balancers and monitors ask."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers; touches nothing."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when not; the cache's state is told only."""
    database = _database_answers()
    cache.set("healthz", "1", 5)
    state = {
        "database": "ok" if database else "away",
        "cache": "ok" if cache.get("healthz") == "1" else "away",
    }
    return JsonResponse(state, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        return False
