"""The operator's commands."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditEvent
from billing import catalogue, nightly, purge, reconcile, stripe_api, tasks
from billing.management import progress
from billing.models import CheckoutAttempt, CustomerLink, InboxEvent, PlanPrice, Receipt
from billing.tests import make
from courses.models import AccessGrant

pytestmark = pytest.mark.django_db


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def event(name: str, *, days: int = 0, **fields: Any) -> InboxEvent:
    then = timezone.now() - timedelta(days=days)
    return InboxEvent.objects.create(
        id=name, type="customer.updated", livemode=False, created=then,
        received_at=then, payload=make.event(id=name), **fields,
    )  # fmt: skip


def test_a_lost_database_is_filled_again_from_stripe(buyer: make.Buyer) -> None:
    customer = buyer.customer
    AccessGrant.objects.all().delete()
    CustomerLink.objects.all().delete()
    CheckoutAttempt.objects.all().delete()
    PlanPrice.objects.all().delete()
    out = run("billing_sync")
    assert "1 customers copied" in out
    assert PlanPrice.objects.exists()
    assert buyer.customer == customer
    assert len(buyer.grants()) == 1
    assert Receipt.objects.count() == 1
    assert "\x1b" not in out


def test_customers_of_others_are_left_alone(fake: Any, plan: Any) -> None:
    stripe_api.client().v1.customers.create({"email": "x@example.com"})
    assert "0 customers copied" in run("billing_sync")
    assert not CustomerLink.objects.exists()


def test_prices_alone_can_be_copied(buyer: make.Buyer) -> None:
    assert "customers" not in run("billing_sync", prices_only=True)


def test_a_dry_run_of_reconcile_changes_nothing(buyer: make.Buyer) -> None:
    AccessGrant.objects.all().delete()
    out = run("billing_reconcile", dry_run=True)
    assert "grant all" in out
    assert "1 grants would change" in out
    assert buyer.grants() == []
    assert "1 grants changed" in run("billing_reconcile")
    assert len(buyer.grants()) == 1


def test_a_dry_run_knows_that_a_customer_was_deleted(buyer: make.Buyer) -> None:
    stripe_api.client().v1.customers.delete(buyer.customer)
    assert "revoke all" in run("billing_reconcile", dry_run=True)
    assert len(buyer.grants()) == 1
    run("billing_reconcile")
    assert buyer.grants() == []


def test_an_odd_customer_does_not_keep_the_others_from_being_reconciled(
    buyer: make.Buyer, bob: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    CustomerLink.objects.create(customer="cus_odd", user=bob)
    whole = reconcile.refetch

    def refetch(link: CustomerLink, **how: Any) -> Any:
        if link.customer == "cus_odd":
            raise KeyError("items")
        return whole(link, **how)

    monkeypatch.setattr(reconcile, "refetch", refetch)
    CustomerLink.objects.filter(customer="cus_odd").update(id=0)  # the first
    AccessGrant.objects.all().delete()
    outcomes = nightly.run()
    assert [one.error for one in outcomes] == ["KeyError: 'items'", ""]
    assert len(buyer.grants()) == 1


def test_a_replay_is_written_down(buyer: make.Buyer) -> None:
    name = InboxEvent.objects.filter(type="invoice.paid").get().pk
    assert f"{name}: done" in run("billing_replay", name)
    assert AuditEvent.objects.get(action="billing.replay").target == f"event:{name}"


def test_a_replay_needs_names(fake: Any) -> None:
    with pytest.raises(CommandError, match="evt_"):
        run("billing_replay")
    with pytest.raises(CommandError, match="1 of 1"):
        run("billing_replay", "evt_unknown")
    assert run("billing_replay", dead=True) == ""


def test_without_a_task_runner_cron_processes_what_is_due(fake: Any) -> None:
    event("evt_due")
    event("evt_later", next_at=timezone.now() + timedelta(hours=1))
    assert run("billing_replay", waiting=True) == "tried 1\n"
    [left] = InboxEvent.objects.waiting()
    assert left.pk == "evt_later"


def test_only_what_was_processed_long_ago_is_purged() -> None:
    old = timezone.now() - timedelta(days=91)
    event("evt_old", processed_at=old, days=91)
    event("evt_new", processed_at=timezone.now(), days=91)
    event("evt_waiting", days=400)
    event("evt_dead", days=400, dead_at=old)
    assert "1 events deleted" in run("billing_purge")
    left = set(InboxEvent.objects.values_list("pk", flat=True))
    assert left == {"evt_new", "evt_waiting", "evt_dead"}


def test_the_purge_goes_in_batches(django_assert_num_queries: Any) -> None:
    old = timezone.now() - timedelta(days=100)
    for number in range(5):
        event(f"evt_{number}", processed_at=old)
    with django_assert_num_queries(2 * 3 + 1):
        assert list(purge.old_events(batch=2)) == [2, 2, 1]


def test_the_purge_runs_by_itself_and_refuses_nonsense() -> None:
    entry = django_settings.CELERY_BEAT_SCHEDULE["billing-purge"]
    assert entry["task"] == tasks.purge_inbox.name
    event("evt_old", processed_at=timezone.now() - timedelta(days=91))
    assert tasks.purge_inbox() == 1
    with pytest.raises(CommandError, match="--days"):
        run("billing_purge", days=0)


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert list(progress.track(range(3), "rows", 3, io.StringIO())) == [0, 1, 2]
    assert screen.getvalue() == ""
    assert list(progress.track(range(3), "rows", 3, screen)) == [0, 1, 2]
    assert "rows" in screen.getvalue()


def test_a_price_deleted_at_stripe_is_taken_off_sale(
    fake: Any, monthly: PlanPrice
) -> None:
    gone = "price_deleted"
    PlanPrice.objects.filter(pk=monthly.pk).update(stripe_price=gone)
    catalogue.refresh("price", gone)
    monthly.refresh_from_db()
    assert not monthly.active


def test_what_stripe_sells_no_more_is_off_sale(plan: Any, fake: Any) -> None:
    """A price that is gone, one that was archived, and those of an archived product."""
    month, year = plan.prices.get(interval="month"), plan.prices.get(interval="year")
    fake.store.objects["price"].pop(month.stripe_price)
    run("billing_sync", prices_only=True)
    assert not plan.prices.get(pk=month.pk).active
    assert plan.prices.get(pk=year.pk).active
    api = stripe_api.client().v1
    api.prices.update(year.stripe_price, {"active": False})
    run("billing_sync", prices_only=True)
    assert not plan.prices.get(pk=year.pk).active
    api.prices.update(year.stripe_price, {"active": True})
    api.products.update(plan.stripe_product, {"active": False})
    run("billing_sync", prices_only=True)
    assert not plan.prices.get(pk=year.pk).active
    api.products.update(plan.stripe_product, {"active": True})
    run("billing_sync", prices_only=True)
    assert plan.prices.get(pk=year.pk).active


def test_the_key_of_another_account_takes_nothing_off_sale(
    plan: Any, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.store.objects["price"].clear()
    fake.store.objects["product"].clear()
    run("billing_sync", prices_only=True)
    assert plan.prices.filter(active=True).count() == 2
    assert "none of the plans' prices" in caplog.text


def test_a_product_that_is_archived_takes_its_prices_off_sale_at_once(
    plan: Any, fake: Any
) -> None:
    api = stripe_api.client().v1
    for active in (False, True):
        make.forget_deliveries(fake)
        api.products.update(plan.stripe_product, {"active": active})
        make.deliver(fake)
        assert plan.prices.filter(active=active).count() == plan.prices.count()
