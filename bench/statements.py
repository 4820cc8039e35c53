"""A middleware of the bench only: count the SQL of the requests that ask for it.

A request with X-Bench-Count gets X-Bench-Statements back; with X-Bench-Count: list the
texts are also written to the file AMI_BENCH_STATEMENTS names, as one JSON list of
[text, ms, who asked].
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponseBase

ROOT = str(Path.cwd())  # the servers run in the project's folder
OURS = (f"{ROOT}/site/", f"{ROOT}/courses/", f"{ROOT}/billing/", f"{ROOT}/journal/")

PASSING = ("__call__", "first_row")  # they send what others ask for


def caller() -> str:
    """The nearest function of the product on the stack, else the nearest of Wagtail."""
    frame: FrameType | None = sys._getframe(1)
    other = ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(OURS) and code.co_name not in PASSING:
            return f"{Path(code.co_filename).relative_to(ROOT)} {code.co_name}"
        if not other and "/wagtail/" in code.co_filename:
            other = (
                f"wagtail{code.co_filename.rpartition('/wagtail')[2]} {code.co_name}"
            )
        frame = frame.f_back
    return other


class StatementsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wanted = request.META.get("HTTP_X_BENCH_COUNT")
        if wanted is None:
            return self.get_response(request)
        seen: list[tuple[str, float, str]] = []

        def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, *rest)
            finally:
                ms = (time.perf_counter() - begun) * 1000
                seen.append((str(sql), ms, caller() if wanted == "list" else ""))

        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(note))
            response = self.get_response(request)
        response.headers["X-Bench-Statements"] = str(len(seen))
        path = os.environ.get("AMI_BENCH_STATEMENTS")
        if wanted == "list" and path:
            Path(path).write_text(json.dumps(seen), encoding="utf-8")
        return response
