"""`ninja_bulk`: schema objects, key check, audit row and bulk_create in one transaction."""

import hashlib
import hmac
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.security import APIKeyHeader
from pydantic import Field

from bench.reference.models import Account, AuditRow, Fill, Instrument, WriterKey

Amount = Annotated[Decimal, Field(max_digits=28, decimal_places=12)]
KEY_FIELDS = ["account", "source", "external_id"]
FIELDS = [
    field.name
    for field in Fill._meta.concrete_fields
    if field.name not in {"id", *KEY_FIELDS}
]


class KeyAuth(APIKeyHeader):
    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        digest = hashlib.sha256((key or "").encode()).hexdigest()
        found = WriterKey.objects.filter(digest=digest).first()
        return found if found and hmac.compare_digest(found.digest, digest) else None


class InstrumentIn(Schema):
    key: str = Field(max_length=64)


class FillIn(Schema):
    external_id: str = Field(max_length=64)
    order_id: str = Field("", max_length=500)
    instrument: str = Field(max_length=64)
    side: Literal["buy", "sell"]
    position_effect: Literal["open", "close", "unknown"] = "unknown"
    quantity: Amount
    price: Amount
    executed_at: datetime
    executed_at_precision: Literal["us", "s", "minute", "day"] = "s"
    commission: Amount = Decimal(0)
    fees: Amount = Decimal(0)
    fee_currency: str = Field(max_length=12)
    funding: Amount = Decimal(0)
    raw: dict[str, str] = {}


class BatchIn(Schema):
    batch_id: UUID
    account_id: UUID
    source: str
    instruments: list[InstrumentIn]
    rows: list[FillIn]


api = NinjaAPI(auth=KeyAuth(), docs_url=None, openapi_url=None)


@api.post("/fills")
def push(request: HttpRequest, batch: BatchIn) -> dict[str, int]:
    with transaction.atomic():
        account = Account.objects.get(pk=batch.account_id)
        keys = [instrument.key for instrument in batch.instruments]
        Instrument.objects.bulk_create(
            [Instrument(account=account, key=key) for key in keys],
            ignore_conflicts=True,
        )
        known = {found.key: found for found in account.instrument_set.all()}
        Fill.objects.bulk_create(
            [
                Fill(
                    account=account,
                    source=batch.source,
                    instrument=known[row.instrument],
                    **row.dict(exclude={"instrument"}),
                )
                for row in batch.rows
            ],
            update_conflicts=True,
            unique_fields=KEY_FIELDS,
            update_fields=FIELDS,
        )
        AuditRow.objects.create(batch_id=batch.batch_id, rows=len(batch.rows))
    return {"rows": len(batch.rows)}
