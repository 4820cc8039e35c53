"""Everything that ami_worker raises on purpose.

WorkerError                     message for people; exit_code for the shell
  x FileError                   the file was refused; .rows names row, column, remedy
  x ConfigError                 a setting is missing or wrong
  x OutboxError                 the local outbox cannot be used
  + ClientError                 talking to the site failed
      x TransportError          no usable answer: repeat is safe, pushes are idempotent
      + ApiError                the site answered with an error (.status, .detail, .errors)
          x AuthError           401, 403: the key is wrong, revoked or not allowed
          x ValidationError     422: .errors names rows and fields
"""

from dataclasses import dataclass


class WorkerError(Exception):
    exit_code = 1


@dataclass(frozen=True, slots=True)
class RowError:
    """One refused cell. `row` is the 1-based line of the file."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.reason}"


class FileError(WorkerError):
    """The file was refused as a whole; nothing of it was kept."""

    exit_code = 2

    def __init__(self, message: str, rows: tuple[RowError, ...] = ()) -> None:
        super().__init__(message)
        self.rows = rows


class ConfigError(WorkerError):
    exit_code = 78


class OutboxError(WorkerError):
    exit_code = 74


class ClientError(WorkerError):
    exit_code = 75


class TransportError(ClientError):
    """No answer, a cut answer, or an answer that is not the site's."""


class ApiError(ClientError):
    """The site refused the request.

    `errors` are (field, message) pairs such as ("rows.12.price", "..."), at most 50;
    `retry_after` is in seconds, None when the site did not say.
    """

    exit_code = 1

    def __init__(
        self,
        status: int,
        detail: str,
        errors: tuple[tuple[str, str], ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"the site answered {status}: {detail}")
        self.status = status
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in {408, 409, 425, 429} or self.status >= 500


class AuthError(ApiError):
    exit_code = 77


class ValidationError(ApiError):
    """The site found rows it cannot take; nothing of the batch was stored."""
