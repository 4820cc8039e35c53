"""The HTTP contract: what this site serves, and the file both sides are tested against."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from worker_api.api import api

PATH = Path("worker_client/src/ami_worker/openapi.json")

Contract = dict[str, Any]


def served() -> Contract:
    """The OpenAPI document of the rooms installed now."""
    document: Contract = json.loads(json.dumps(api.get_openapi_schema()))
    return document


def committed() -> Contract:
    """The OpenAPI document that workers are built against."""
    text = (settings.BASE_DIR / PATH).read_text(encoding="utf-8")
    document: Contract = json.loads(text)
    return document
