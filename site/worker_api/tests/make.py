"""Keys for tests."""

from typing import Any

from worker_api import keys
from worker_api.models import WorkerKey


def key(*scopes: str, **options: Any) -> tuple[WorkerKey, str]:
    """A key and its text; without scopes it may only ask who it is."""
    return keys.issue(
        options.pop("name", "desk"), scopes=scopes or ("nothing",), **options
    )
