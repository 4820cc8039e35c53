"""Receipts: numbered without gaps, frozen, one's own, and mailed."""

import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connections, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from weasyprint.urls import FatalURLFetchingError

from billing import outbox_handlers, pdf, receipts
from billing.models import BillingSettings, InvoiceSeries, Receipt
from billing.models.receipts import Kind
from billing.tests import make
from outbox import queue, typeset
from outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private_files")]


def test_only_its_owner_downloads_a_receipt(
    buyer: make.Buyer, bob: Any, owner: Any, client_of: Any
) -> None:
    url = f"/en/billing/receipts/{Receipt.objects.get().pk}/"
    answer = client_of(buyer.user).get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert (
        answer["Content-Disposition"] == 'attachment; filename="receipt-R-000001.pdf"'
    )
    assert answer.content.startswith(b"%PDF")
    assert client_of(bob).get(url).status_code == 404
    assert client_of(owner).get(url).status_code == 404


def test_the_pdf_is_made_once_and_embeds_its_font(buyer: make.Buyer) -> None:
    receipt = Receipt.objects.get()
    content = pdf.ensure(receipt)
    streams = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    assert b"+Inter" in b"".join(map(unpacked, streams))
    assert pdf.ensure(Receipt.objects.get()) == content


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_the_same_receipt_is_the_same_bytes_later_and_in_another_thread(
    buyer: make.Buyer,
) -> None:
    receipt = Receipt.objects.select_related("series").get()
    first = pdf.render(receipt)
    with time_machine.travel(timezone.now() + timedelta(days=90)):
        assert pdf.render(receipt) == first
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(pdf.render, receipt).result() == first


def test_a_receipt_loads_nothing_from_elsewhere() -> None:
    fetcher = typeset.StaticOnlyFetcher()
    for address in (
        "https://example.com/a.png",
        "file:///etc/passwd",
        "static:///../config/settings.py",
        "static:///ami/../../config/settings.py",
        "static:///ami/%2e%2e/settings.py",
        "static:///admin/css/base.css",
    ):
        with pytest.raises(FatalURLFetchingError):
            fetcher.fetch(address)
    assert fetcher.fetch("static:///ami/css/tokens.css").read()


def test_the_database_refuses_to_change_or_delete_a_receipt(buyer: make.Buyer) -> None:
    for change in (
        lambda row: Receipt.objects.filter(pk=row.pk).update(total=1),
        lambda row: Receipt.objects.filter(pk=row.pk).update(number=7),
        lambda row: Receipt.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Receipt.objects.get())
    assert Receipt.objects.get().total == 1900


def test_the_issuer_is_kept_as_it_was(buyer: make.Buyer) -> None:
    settings = BillingSettings.load()
    settings.issuer_name = "A new name"
    settings.save()
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    first, second = Receipt.objects.order_by("number")
    assert first.snapshot["issuer"]["name"] == ""
    assert second.snapshot["issuer"]["name"] == "A new name"


def test_it_is_an_invoice_only_with_a_complete_issuer() -> None:
    settings = BillingSettings(title="invoice", issuer_name="School")
    assert not settings.issues_invoices
    settings.issuer_address, settings.issuer_tax_id = "Street 1", "B1"
    assert settings.issues_invoices


def test_a_refund_writes_a_credit_note_and_a_mail(buyer: make.Buyer) -> None:
    buyer.fake.control("refund", customer=buyer.customer, amount=500)
    make.deliver(buyer.fake)
    make.deliver(buyer.fake)
    note = Receipt.objects.get(kind=Kind.CREDIT_NOTE)
    assert (note.code, note.total) == ("C-000001", -500)
    assert note.corrects == Receipt.objects.get(kind=Kind.RECEIPT)
    assert len(buyer.grants()) == 1
    queue.sweep()
    assert mail.outbox[-1].subject == "Your refund C-000001"
    assert "€5.00" in mail.outbox[-1].body


def test_tax_is_shown_per_rate_and_sums_up(alice: Any, monthly: Any, fake: Any) -> None:
    from billing.fakestripe import seed

    settings = BillingSettings.load()
    settings.tax_rate = seed.TAX_RATE
    settings.save()
    make.Buyer(alice, fake).subscribe(monthly)
    data = Receipt.objects.get().snapshot
    assert data["taxes"] == [
        {"name": "IVA", "percent": "21", "base": 1570, "amount": 330}
    ]
    assert (data["net"], data["total"]) == (1570, 1900)


def test_the_mail_goes_without_pdf_after_three_failures(
    buyer: make.Buyer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was paid is open meanwhile, and no other number is taken."""

    def broken(receipt: Receipt) -> bytes:
        raise OSError("no fonts")

    monkeypatch.setattr(outbox_handlers.pdf, "ensure", broken)
    for _ in range(4):
        Message.objects.waiting().update(next_at=timezone.now())
        assert not mail.outbox
        queue.sweep()
    [letter] = mail.outbox
    assert letter.attachments == []
    assert "We could not attach your receipt R-000001" in letter.body
    assert "no PDF, the mail goes without it" in caplog.text
    assert len(buyer.grants()) == 1
    assert InvoiceSeries.objects.get().last_number == 1


def test_a_receipt_that_cannot_be_made_says_so(
    buyer: make.Buyer, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(receipt: Receipt) -> bytes:
        raise OSError("no fonts")

    monkeypatch.setattr(pdf, "ensure", broken)
    url = f"/en/billing/receipts/{Receipt.objects.get().pk}/"
    answer = client_of(buyer.user).get(url)
    assert answer.status_code == 503
    assert "The receipt is not ready" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_under_concurrency_and_rollback() -> None:
    with transaction.atomic():
        receipts.next_number(Kind.RECEIPT)
    taken: list[int] = []

    def take(number: int) -> None:
        try:
            with transaction.atomic():
                found = receipts.next_number(Kind.RECEIPT)[1]
                if number % 3 == 0:
                    raise InterruptedError
                taken.append(found)
        except InterruptedError:
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(take, range(30)))
    assert sorted(taken) == list(range(2, 22))
    assert InvoiceSeries.objects.get().last_number == 21
