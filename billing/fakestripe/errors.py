"""Stripe's error answers."""

from typing import Any


class StripeError(Exception):
    """An error body as Stripe sends it, with its HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "type": kind}
        if code:
            self.body["code"] = code
        if param:
            self.body["param"] = param
        self.body.update(
            {name: value for name, value in extra.items() if value is not None}
        )


def missing(kind: str, object_id: str, param: str = "id") -> StripeError:
    """The 404 of a retrieve, or the 400 of a parameter that names nothing."""
    label = kind.rsplit(".", maxsplit=1)[-1].replace("_", "")
    return StripeError(
        f"No such {label}: '{object_id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def card_error(
    message: str, *, code: str, decline_code: str | None = None, **extra: Any
) -> StripeError:
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        **extra,
    )
