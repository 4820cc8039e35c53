"""Answers that every worker knows, whatever it writes."""

from uuid import UUID

from worker_api.types import Schema

CONTRACT = "1"


class WhoAmI(Schema):
    key_id: str
    name: str
    scopes: list[str]
    contract: str


class BatchOut(Schema):
    batch_id: UUID
    replay: bool
    created: int
    updated: int
    unchanged: int
    removed: int
