"""Each row of the access table, as the pure function sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.entitlements import (
    CustomerObjects,
    Desired,
    Offer,
    Rules,
    desired_grants,
    moment,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = 86400
START = int(NOW.timestamp()) - 10 * DAY
END = START + 30 * DAY
ALL = Offer(frozenset({("all", "")}))
COURSE = Offer(frozenset({("course", "c1")}), timedelta(days=365))


def subscription(**fields: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "status": "active",
        "created": START,
        "start_date": START,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "pause_collection": None,
        "trial_end": None,
        "latest_invoice": "in_1",
        "items": {"data": [item()]},
        **fields,
    }


def item(**fields: Any) -> dict[str, Any]:
    return {
        "price": {"id": "price_month"},
        "current_period_start": START,
        "current_period_end": END,
        **fields,
    }


def session(**fields: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "created": START,
        "metadata": {"ami_price": "price_course"},
        **fields,
    }


def decide(rules: Rules | None = None, **objects: Any) -> Desired:
    offers = {"price_month": ALL, "price_course": COURSE}
    chosen = {"rules": rules} if rules else {}
    return desired_grants(CustomerObjects(offers=offers, **chosen, **objects), NOW)


def ends(**fields: Any) -> datetime | None:
    """When the one grant of this subscription ends; fails when there is none."""
    [grant] = decide(subscriptions=[subscription(**fields)]).grants
    return grant.ends


def test_trialing_opens_until_an_hour_after_the_trial() -> None:
    assert ends(status="trialing", trial_end=END) == moment(END) + timedelta(hours=1)


def test_active_opens_until_the_latest_period_end_and_the_leeway() -> None:
    later = item(current_period_end=END + 5 * DAY)
    found = ends(items={"data": [item(), later]})
    assert found == moment(END + 5 * DAY) + timedelta(hours=72)


def test_cancelled_at_the_period_end_opens_to_that_moment() -> None:
    assert ends(cancel_at_period_end=True) == moment(END)


def test_cancelled_at_a_date_opens_to_that_date() -> None:
    assert ends(cancel_at=END - DAY) == moment(END - DAY)


def test_a_cancelled_trial_opens_to_its_end_without_leeway() -> None:
    found = ends(status="trialing", trial_end=END, cancel_at_period_end=True)
    assert found == moment(END)


def invoice(**fields: Any) -> dict[str, Any]:
    return {
        "id": "in_1",
        "status": "paid",
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "lines": {"data": [{"period": {"start": START, "end": END}}]},
        "payments": {"data": [{"payment": {"payment_intent": "pi_1"}}]},
        **fields,
    }


@pytest.mark.parametrize("behavior", ["void", "keep_as_draft", "mark_uncollectible"])
def test_paused_collection_opens_to_the_end_of_what_was_paid(behavior: str) -> None:
    rolled = subscription(
        pause_collection={"behavior": behavior},
        items={
            "data": [
                item(current_period_start=END, current_period_end=END + 30 * DAY),
            ]
        },
    )
    unpaid = invoice(
        id="in_2",
        status="void",
        lines={"data": [{"period": {"start": END, "end": END + 30 * DAY}}]},
    )
    [grant] = decide(subscriptions=[rolled], invoices=[invoice(), unpaid]).grants
    assert grant.ends == moment(END)


def test_past_due_opens_for_the_grace_days_of_the_unpaid_period() -> None:
    unpaid_since = int(NOW.timestamp()) - 2 * DAY
    due = {"data": [item(current_period_start=unpaid_since)]}
    found = ends(status="past_due", items=due)
    assert found == moment(unpaid_since) + timedelta(days=7)


def test_past_due_beyond_the_grace_opens_nothing() -> None:
    assert not decide(subscriptions=[subscription(status="past_due")]).grants


def test_no_grace_closes_at_once() -> None:
    objects = CustomerObjects(
        offers={"price_month": ALL},
        subscriptions=[
            subscription(
                status="past_due",
                items={"data": [item(current_period_start=int(NOW.timestamp()) - 1)]},
            )
        ],
        rules=Rules(grace=timedelta(0)),
    )
    assert not desired_grants(objects, NOW).grants


@pytest.mark.parametrize(
    "status", ["unpaid", "paused", "incomplete", "incomplete_expired", "canceled"]
)
def test_these_states_open_nothing(status: str) -> None:
    found = decide(subscriptions=[subscription(status=status)])
    assert not found.grants
    assert not found.untouched


def test_an_unknown_status_changes_nothing_and_alerts() -> None:
    found = decide(subscriptions=[subscription(status="resting")])
    assert not found.grants
    assert found.untouched == {"sub_1"}
    assert "unknown status resting" in found.alerts[0]


def test_an_unknown_price_changes_nothing_and_alerts() -> None:
    strange = subscription(items={"data": [item(price={"id": "price_other"})]})
    found = decide(subscriptions=[strange])
    assert not found.grants
    assert found.untouched == {"sub_1"}
    assert "price_other" in found.alerts[0]


@pytest.mark.parametrize("status", ["paid", "no_payment_required"])
def test_a_paid_purchase_opens_its_course_for_its_days(status: str) -> None:
    [grant] = decide(sessions=[session(payment_status=status)]).grants
    assert (grant.scope, grant.ref, grant.source) == ("course", "c1", "cs_1")
    assert grant.ends == moment(START) + timedelta(days=365)


def test_courses_named_by_our_server_win_over_the_price() -> None:
    marks = {"ami_price": "price_month", "ami_courses": "a,b"}
    found = decide(sessions=[session(metadata=marks)])
    assert {(grant.ref, grant.ends) for grant in found.grants} == {
        ("a", None),
        ("b", None),
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"payment_status": "unpaid"},
        {"status": "expired", "payment_status": "unpaid"},
        {"status": "open", "payment_status": "unpaid"},
        {"mode": "subscription"},
        {"metadata": {}},
    ],
)
def test_these_sessions_open_nothing(fields: dict[str, Any]) -> None:
    assert not decide(sessions=[session(**fields)]).grants


def charge(**fields: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "payment_intent": "pi_1",
        "refunded": False,
        "amount_refunded": 0,
        "disputed": False,
        **fields,
    }


def test_a_full_refund_takes_the_purchase_back() -> None:
    assert not decide(sessions=[session()], charges=[charge(refunded=True)]).grants


def test_a_partial_refund_keeps_it() -> None:
    assert decide(sessions=[session()], charges=[charge(amount_refunded=5)]).grants


def test_a_refund_of_a_living_subscription_keeps_it() -> None:
    found = decide(
        subscriptions=[subscription()],
        invoices=[invoice()],
        charges=[charge(refunded=True)],
    )
    assert found.grants


@pytest.mark.parametrize(
    ("status", "opens"),
    [("needs_response", True), ("under_review", True), ("won", True), ("lost", False)],
)
def test_a_dispute_closes_only_when_it_is_lost(status: str, opens: bool) -> None:
    disputes = [{"id": "dp_1", "payment_intent": "pi_1", "status": status}]
    one_off = decide(sessions=[session()], charges=[charge()], disputes=disputes)
    assert bool(one_off.grants) is opens
    monthly = decide(
        subscriptions=[subscription()], invoices=[invoice()], disputes=disputes
    )
    assert bool(monthly.grants) is opens


def test_invoices_in_the_shape_of_older_versions_are_understood() -> None:
    old = {**invoice(), "subscription": "sub_1"}
    del old["parent"]
    paused = subscription(pause_collection={"behavior": "void"})
    [grant] = decide(subscriptions=[paused], invoices=[old]).grants
    assert grant.ends == moment(END)


@pytest.mark.parametrize(
    ("status", "opens"),
    [
        ("needs_response", False),
        ("under_review", False),
        ("warning_needs_response", True),
        ("warning_closed", True),
        ("won", True),
        ("lost", False),
    ],
)
def test_by_setting_an_open_dispute_closes_until_it_is_won(
    status: str, opens: bool
) -> None:
    rules = Rules(suspend_disputed=True)
    disputes = [{"id": "dp_1", "payment_intent": "pi_1", "status": status}]
    one_off = decide(rules, sessions=[session()], charges=[charge()], disputes=disputes)
    assert bool(one_off.grants) is opens
    monthly = decide(
        rules, subscriptions=[subscription()], invoices=[invoice()], disputes=disputes
    )
    assert bool(monthly.grants) is opens


@pytest.mark.parametrize(
    ("behavior", "goes_on"),
    [("void", False), ("keep_as_draft", True), ("mark_uncollectible", True)],
)
def test_by_setting_paused_collection_goes_on_unless_it_is_voided(
    behavior: str, goes_on: bool
) -> None:
    rolled = subscription(
        pause_collection={"behavior": behavior},
        items={
            "data": [item(current_period_start=END, current_period_end=END + 30 * DAY)]
        },
    )
    found = decide(
        Rules(paused_opens=True), subscriptions=[rolled], invoices=[invoice()]
    )
    [grant] = found.grants
    leeway = timedelta(hours=72)
    paid = moment(END)
    assert grant.ends == (moment(END + 30 * DAY) + leeway if goes_on else paid)


def test_grace_and_leeway_are_settings() -> None:
    rules = Rules(grace=timedelta(days=20), leeway=timedelta(hours=1))
    [grant] = decide(rules, subscriptions=[subscription()]).grants
    assert grant.ends == moment(END) + timedelta(hours=1)
    [late] = decide(rules, subscriptions=[subscription(status="past_due")]).grants
    assert late.ends == moment(START) + timedelta(days=20)


def test_past_due_and_cancelled_ends_at_the_earlier_moment() -> None:
    since = int(NOW.timestamp()) - DAY
    late = subscription(
        status="past_due",
        items={"data": [item(current_period_start=since)]},
        cancel_at=since + 3 * DAY,
    )
    [grant] = decide(subscriptions=[late]).grants
    assert grant.ends == moment(since + 3 * DAY)


def open_invoice(start: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"in_{start}",
        "status": "open",
        "attempted": True,
        "created": start,
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "lines": {"data": [{"period": {"start": start, "end": start + 30 * DAY}}]},
        **fields,
    }


def test_a_second_unpaid_period_begins_no_second_grace() -> None:
    """Where Stripe leaves a plan past due, its period rolls on all the same."""
    rolled = item(current_period_start=START + 8 * DAY)
    late = subscription(status="past_due", items={"data": [rolled]})
    invoices = [open_invoice(START - 22 * DAY), open_invoice(START + 8 * DAY)]
    assert not decide(subscriptions=[late], invoices=invoices).grants


def test_an_unpaid_change_within_a_period_has_its_own_grace() -> None:
    """What was paid for the period before the change is not taken away at once."""
    changed = START + 9 * DAY
    parent = {"subscription_item_details": {"proration": True}}
    line = {"parent": parent, "period": {"start": changed, "end": END}}
    invoice = open_invoice(changed, lines={"data": [line]})
    late = subscription(status="past_due")
    [grant] = decide(subscriptions=[late], invoices=[invoice]).grants
    assert grant.ends == moment(changed) + timedelta(days=7)


@pytest.mark.parametrize(
    ("metadata", "scopes"),
    [
        ({"ami_opens": "all"}, {("all", "")}),
        ({"ami_opens": "tier:pro"}, {("tier", "pro")}),
        (
            {"ami_courses": "c1,c2", "ami_courses_2": "c3"},
            {("course", "c1"), ("course", "c2"), ("course", "c3")},
        ),
    ],
)
def test_what_was_bought_once_stays_when_its_plan_is_edited(
    metadata: dict[str, str], scopes: set[tuple[str, str]]
) -> None:
    bought = session(metadata={"ami_price": "price_course", **metadata})
    found = decide(sessions=[bought]).grants
    assert {(grant.scope, grant.ref) for grant in found} == scopes
