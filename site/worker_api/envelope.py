"""What a body may be: plain JSON, at most 4 MiB, without anything JSON leaves open."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from worker_api.problems import ProblemError

MAX_BYTES = 4 * 1024 * 1024


def check(request: HttpRequest) -> None:
    """Refuse by the headers alone, before a byte of the body is read."""
    if request.method not in {"POST", "PUT", "PATCH"}:
        return
    if request.META.get("HTTP_CONTENT_ENCODING"):
        raise ProblemError(415, "Send the body without Content-Encoding.")
    if request.content_type != "application/json":
        raise ProblemError(415, "Send the body as application/json.")
    if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        raise ProblemError(415, "Send the body in UTF-8.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and int(length[:20]) > MAX_BYTES:
        raise ProblemError(413, "A body has at most 4 MiB: send smaller batches.")


class StrictParser(Parser):
    """JSON without NaN, Infinity, duplicate keys and lone surrogates; decimals exact."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        if len(body) > MAX_BYTES:
            raise ProblemError(413, "A body has at most 4 MiB: send smaller batches.")
        try:
            return json.loads(
                body.decode(),
                parse_constant=_refuse_constant,
                parse_float=Decimal,
                object_pairs_hook=_object,
            )
        except UnicodeDecodeError:
            raise ProblemError(400, "The body is not UTF-8.") from None
        except (ValueError, ArithmeticError, RecursionError):
            raise ProblemError(400, "The body is not strict JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ProblemError(400, f"{name} is not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ProblemError(400, "An object names a key twice.")
    return found
