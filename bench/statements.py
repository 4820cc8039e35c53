"""A middleware of the bench only: count the SQL of the requests that ask for it.

A request with X-Bench-Count gets X-Bench-Statements back; with X-Bench-Count: list the
texts are also written to the file AMI_BENCH_STATEMENTS names, one JSON list.
"""

import json
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponseBase


class StatementsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wanted = request.META.get("HTTP_X_BENCH_COUNT")
        if wanted is None:
            return self.get_response(request)
        seen: list[tuple[str, float]] = []

        def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, *rest)
            finally:
                seen.append((str(sql), (time.perf_counter() - begun) * 1000))

        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(note))
            response = self.get_response(request)
        response.headers["X-Bench-Statements"] = str(len(seen))
        path = os.environ.get("AMI_BENCH_STATEMENTS")
        if wanted == "list" and path:
            Path(path).write_text(json.dumps(seen), encoding="utf-8")
        return response
