"""Events as Stripe sends them, processed until it works; commands; the demo."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from djstripe import models as djstripe

from billing import demo, inbox, links, stripe_api, tasks
from billing.models import CustomerLink, InboxEvent, PlanPrice, Receipt
from billing.tests import make
from courses.models import AccessGrant

pytestmark = pytest.mark.django_db
LINES = (Path(__file__).parent / "events" / "dahlia.jsonl").read_text(encoding="utf-8")
SAMPLES = [json.loads(line) for line in LINES.splitlines()]


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_every_sample_event_is_accepted_and_about_strangers_changes_nothing(
    fake: Any,
) -> None:
    for row in SAMPLES:
        assert make.post(row).status_code == 200
    make.drain()
    stuck = InboxEvent.objects.waiting().values_list("type", "last_error")
    assert list(stuck) == []
    assert InboxEvent.objects.count() == len(SAMPLES)
    assert not AccessGrant.objects.exists()
    assert not Receipt.objects.exists()


def test_a_failure_is_kept_tried_later_and_given_up_after_twelve(
    buyer: make.Buyer,
) -> None:
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    buyer.fake.control("outage", mode="500")
    [row] = [e for e in make.events(buyer.fake) if e["type"] == "invoice.paid"][-1:]
    make.post(make.public(row))
    event = InboxEvent.objects.get(pk=row["id"])
    for _ in range(12):
        InboxEvent.objects.waiting().update(next_at=timezone.now())
        inbox.process(event.pk)
    event.refresh_from_db()
    assert event.dead_at
    assert "outage" in event.last_error
    assert Receipt.objects.count() == 1
    buyer.fake.control("outage", mode="off")
    assert "done" in run("billing_replay", event.pk)
    assert Receipt.objects.count() == 2


def test_one_failing_event_stops_no_other(buyer: make.Buyer) -> None:
    make.post(make.event(id="evt_bad", data={"object": {"object": "invoice", "id": 5}}))
    make.post(make.event(id="evt_good", data={"object": {"object": "balance"}}))
    InboxEvent.objects.filter(pk="evt_bad").update(payload={"data": 1})
    tasks.sweep_inbox()
    assert InboxEvent.objects.get(pk="evt_good").processed_at
    assert InboxEvent.objects.get(pk="evt_bad").last_error


def test_replaying_an_unknown_event_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="1 of 1"):
        run("billing_replay", "evt_unknown")


def test_a_link_lost_with_a_crash_is_found_by_our_own_mark(buyer: make.Buyer) -> None:
    customer = buyer.customer
    CustomerLink.objects.all().delete()
    assert links.lock(customer).user == buyer.user
    CustomerLink.objects.all().delete()
    buyer.user.date_joined = timezone.now()
    buyer.user.save()
    assert links.lock(customer) is None


def test_no_secret_key_reaches_the_database(buyer: make.Buyer) -> None:
    assert not djstripe.APIKey.objects.exists()
    assert djstripe.Subscription.objects.get().djstripe_owner_account is None


def test_reconcile_by_hand_shows_and_heals(buyer: make.Buyer) -> None:
    AccessGrant.objects.all().delete()
    told = run("billing_reconcile", "--dry-run", "--user", "alice@example.com")
    assert "grant all" in told
    assert "1 grants would change" in told
    assert buyer.grants() == []
    assert "1 grants changed" in run("billing_reconcile")
    assert len(buyer.grants()) == 1
    assert "0 grants changed" in run("billing_reconcile")


def test_reconcile_names_who_could_not_be_reached(buyer: make.Buyer) -> None:
    buyer.fake.control("outage", mode="500")
    with pytest.raises(CommandError, match="1 customers could not"):
        run("billing_reconcile")
    assert len(buyer.grants()) == 1
    with pytest.raises(CommandError, match="nobody@example.com"):
        run("billing_reconcile", "--user", "nobody@example.com")


def test_the_nightly_task_does_nothing_without_a_key(db: None) -> None:
    tasks.reconcile()


def test_staff_grants_are_left_alone(buyer: make.Buyer) -> None:
    from courses import grants

    grants.grant(buyer.user, scope="course", scope_ref="c", source_kind="staff")
    stripe_api.client().v1.subscriptions.cancel(buyer.subscription["id"])
    make.deliver(buyer.fake)
    [left] = buyer.grants()
    assert left.source_kind == "staff"


def test_sync_copies_prices_and_retires_those_stripe_retired(
    monthly: PlanPrice,
) -> None:
    stripe_api.client().v1.prices.update(monthly.stripe_price, {"active": False})
    assert "AMI Pro" in run("billing_sync")
    monthly.refresh_from_db()
    assert not monthly.active
    assert (monthly.amount, monthly.currency) == (1900, "EUR")


def test_the_demo_subscribes_ana_once(fake: Any, make_user: Any) -> None:
    ana = make_user("Ana", email=demo.STUDENT)
    written: list[str] = []
    for _ in range(2):
        demo.load(written.append)
    assert written.count(f"subscription of {demo.STUDENT}") == 1
    assert len(fake.store.all("subscription")) == 1
    receipt = Receipt.objects.get()
    assert (receipt.user, receipt.total) == (ana, 1900)
    assert receipt.snapshot["taxes"][0]["percent"] == "21"
    AccessGrant.objects.get(user=ana)


def test_the_demo_loads_without_stripe(db: None) -> None:
    demo.load(lambda text: None)
    assert PlanPrice.objects.count() == 2
