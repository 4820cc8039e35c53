"""Reads broker files, matches fills to trades exactly, pushes them to an AMI journal."""

from ami_worker._client import Client
from ami_worker._errors import (
    ApiError,
    AuthError,
    ClientError,
    ConfigError,
    FileError,
    OutboxError,
    RowError,
    TransportError,
    ValidationError,
    WorkerError,
)

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "AuthError",
    "Client",
    "ClientError",
    "ConfigError",
    "FileError",
    "OutboxError",
    "RowError",
    "TransportError",
    "ValidationError",
    "WorkerError",
    "__version__",
]
