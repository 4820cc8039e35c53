"""Errors as application/problem+json; they name fields, never the value sent."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

logger = logging.getLogger(__name__)

TITLES = {
    400: "The body cannot be read",
    401: "The key is not accepted",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    413: "The body is too large",
    415: "This content type is not accepted",
    422: "The data is not valid",
    429: "Too many requests",
    500: "Server error",
    503: "Not available now",
}
MAX_ERRORS = 50
MAX_FIELD = 200
# messages whose own text repeats what was sent
PLAIN_MESSAGES = {
    "uuid_parsing": "Must be a UUID",
    "datetime_from_date_parsing": "Must be a date and time with an offset",
    "datetime_parsing": "Must be a date and time with an offset",
    "date_from_datetime_parsing": "Must be a date, YYYY-MM-DD",
    "date_parsing": "Must be a date, YYYY-MM-DD",
    "extra_forbidden": "There is no such field",
}

FieldError = tuple[str, str]


class ProblemError(Exception):
    """Answer the request with this status. errors are (field path, message)."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def invalid(errors: Sequence[FieldError]) -> ProblemError:
    """422 with what is wrong where; nothing of the request is kept."""
    first = errors[0] if errors else ("", "")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return ProblemError(422, f"{first[0]}: {first[1]}{more}", errors)


def answer(request: HttpRequest, problem: ProblemError) -> HttpResponse:
    """The problem as a response."""
    # LocaleMiddleware would turn a 404 into a redirect to /es/api/…: let it see URLs
    # without a language
    request.urlconf = "worker_api.urls"
    body = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
        "errors": [
            {"field": field[:MAX_FIELD], "message": message}
            for field, message in problem.errors[:MAX_ERRORS]
        ],
    }
    return HttpResponse(
        json.dumps(body),
        status=problem.status,
        content_type="application/problem+json",
        headers=problem.headers,
    )


def install(api: NinjaAPI) -> None:
    """Make every error of api a problem document."""
    api.add_exception_handler(ProblemError, _problem)
    api.add_exception_handler(AuthenticationError, _unauthorised)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(ValidationError, _validation_error)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(UnreadablePostError, _unreadable)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(OperationalError, _away)
    api.add_exception_handler(IntegrityError, _refused)
    api.add_exception_handler(DataError, _refused)
    api.add_exception_handler(Exception, _unexpected)


def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(request, error)


def _unauthorised(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(
        request,
        ProblemError(
            401,
            "Send a valid key in the header X-API-Key.",
            headers={"WWW-Authenticate": 'ApiKey realm="workers"'},
        ),
    )


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, ProblemError):
        return answer(request, cause)
    if isinstance(cause, RequestDataTooBig):
        return _too_big(request, cause)
    return answer(request, ProblemError(error.status_code, str(error)))


def _validation_error(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(request, invalid([_field_error(item) for item in error.errors]))


def _field_error(item: dict[str, Any]) -> FieldError:
    # loc is ("body", <name of the parameter>, "rows", 12, "price")
    path = ".".join(str(part) for part in item["loc"][2:]) or "body"
    message = PLAIN_MESSAGES.get(item["type"]) or item["msg"].removeprefix(
        "Value error, "
    )
    return path, message


def _too_big(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(
        request, ProblemError(413, "A body has at most 4 MiB: send smaller batches.")
    )


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(request, ProblemError(400, "The body was cut off."))


def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(request, ProblemError(404, "There is nothing here."))


def _away(request: HttpRequest, error: Any) -> HttpResponse:
    logger.error("database away during %s", request.path, exc_info=error)
    return answer(
        request,
        ProblemError(
            503,
            "The database does not answer. Repeat the same request later.",
            headers={"Retry-After": "10"},
        ),
    )


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    # a constraint that no check of ours names: worth a look, but the sender's data
    logger.warning("database refused %s: %s", request.path, type(error).__name__)
    return answer(
        request, ProblemError(422, "The database refuses this data as contradictory.")
    )


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    logger.error("unexpected error during %s", request.path, exc_info=error)
    return answer(request, ProblemError(500, "The site failed. Nothing was stored."))
