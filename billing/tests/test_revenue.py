"""What counts as revenue, case by case, and the owners' page about it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing import (
    charts,
    plan_states,
    reconcile,
    revenue,
    revenue_rows,
    stripe_api,
    subscribers,
)
from billing.tests import make

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(*day: int) -> int:
    return int(datetime(*day, tzinfo=UTC).timestamp())  # type: ignore[misc]


def price(amount: int | None = 1900, currency: str = "eur", **fields: Any) -> Any:
    recurring = {"interval": "month", "interval_count": 1, **fields}
    return {"id": "price_1", "unit_amount": amount, "currency": currency,
            "recurring": recurring}  # fmt: skip


def item(**fields: Any) -> dict[str, Any]:
    return {
        "price": price(),
        "quantity": 1,
        "current_period_start": at(2026, 11, 1),
        "current_period_end": at(2026, 12, 1),
        **fields,
    }


def subscription(**fields: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "status": "active",
        "created": at(2026, 1, 15),
        "start_date": at(2026, 1, 15),
        "items": {"data": [item()]},
        **fields,
    }


def coupon(duration: str = "forever", ends: int | None = None, **off: Any) -> Any:
    return {"end": ends, "source": {"coupon": {"duration": duration, **off}}}


def vat(percent: float = 21.0, *, inclusive: bool = True) -> dict[str, Any]:
    return {"percentage": percent, "inclusive": inclusive}


CASES: list[tuple[str, dict[str, Any], Fraction]] = [
    ("a monthly price", {}, Fraction(1900)),
    ("two pieces", {"items": {"data": [item(quantity=2)]}}, Fraction(3800)),
    (
        "a yearly price's twelfth",
        {"items": {"data": [item(price=price(19000, interval="year"))]}},
        Fraction(19000, 12),
    ),
    (
        "every three months",
        {"items": {"data": [item(price=price(6000, interval_count=3))]}},
        Fraction(2000),
    ),
    (
        "by the week",
        {"items": {"data": [item(price=price(300, interval="week"))]}},
        Fraction(1300),
    ),
    (
        "an add-on",
        {"items": {"data": [item(), item(price=price(100))]}},
        Fraction(2000),
    ),
    (
        "no fixed amount",
        {"items": {"data": [item(price=price(None))]}},
        Fraction(0),
    ),
    ("20 % for ever", {"discounts": [coupon(percent_off=20.0)]}, Fraction(1520)),
    ("12.5 %", {"discounts": [coupon(percent_off=12.5)]}, Fraction(16625, 10)),
    ("5.00 off", {"discounts": [coupon(amount_off=500)]}, Fraction(1400)),
    ("more off than it costs", {"discounts": [coupon(amount_off=9999)]}, Fraction(0)),
    ("once only", {"discounts": [coupon("once", percent_off=50)]}, Fraction(1900)),
    (
        "for some months",
        {"discounts": [coupon("repeating", at(2027, 1, 1), percent_off=50)]},
        Fraction(950),
    ),
    (
        "over already",
        {"discounts": [coupon("repeating", at(2026, 11, 1), percent_off=50)]},
        Fraction(1900),
    ),
    ("not expanded", {"discounts": ["di_1"]}, Fraction(1900)),
    ("tax inside", {"default_tax_rates": [vat()]}, Fraction(190000, 121)),
    (
        "tax on top",
        {"default_tax_rates": [vat(inclusive=False)]},
        Fraction(1900),
    ),
    (
        "the item's own tax",
        {
            "default_tax_rates": [vat()],
            "items": {"data": [item(tax_rates=[vat(10.0)])]},
        },
        Fraction(19000, 11),
    ),
]


@pytest.mark.parametrize(("name", "fields", "expected"), CASES)
def test_what_a_subscription_brings_in_a_month(
    name: str, fields: dict[str, Any], expected: Fraction
) -> None:
    assert revenue.monthly(subscription(**fields), NOW) == expected


STATES: list[tuple[str, dict[str, Any]]] = [
    ("trialing", {"status": "trialing"}),
    ("active", {}),
    ("cancelling", {"cancel_at_period_end": True}),
    ("cancelling", {"cancel_at": at(2026, 12, 1)}),
    ("cancelling", {"status": "trialing", "cancel_at_period_end": True}),
    ("paused", {"pause_collection": {"behavior": "void"}}),
    ("paused", {"status": "paused"}),
    ("past_due", {"status": "past_due"}),
    ("unpaid", {"status": "unpaid"}),
    ("incomplete", {"status": "incomplete"}),
    ("ended", {"status": "incomplete_expired"}),
    ("ended", {"status": "canceled", "ended_at": at(2026, 11, 3)}),
]


@pytest.mark.parametrize(("state", "fields"), STATES)
def test_the_state_people_read(state: str, fields: dict[str, Any]) -> None:
    assert plan_states.state_of(subscription(**fields)) == state


def test_only_who_pays_is_recurring_revenue_and_currencies_are_never_mixed() -> None:
    rows = [
        revenue.earner(subscription(**fields), NOW)
        for fields in (
            {},
            {"status": "past_due"},
            {"cancel_at_period_end": True},
            {"status": "trialing", "trial_end": at(2026, 12, 3)},
            {"status": "trialing", "cancel_at_period_end": True},
            {"status": "unpaid"},
            {"pause_collection": {"behavior": "void"}},
            {"items": {"data": [item(price=price(19900, "clp"))]}},
            {"items": {"data": [item(price=price(2500, "jpy", interval="year"))]}},
        )
    ]
    paying = [row for row in rows if row.state in revenue.PAYING]
    assert revenue.mrr(paying) == {"CLP": 19900, "EUR": 5700, "JPY": 208}


def test_many_twelfths_are_rounded_once() -> None:
    yearly = {"items": {"data": [item(price=price(19000, interval="year"))]}}
    rows = [revenue.earner(subscription(**yearly), NOW) for _ in range(12)]
    assert revenue.mrr(rows) == {"EUR": 19000}
    assert revenue.rounded(Fraction(5, 2)) == 3


def test_a_trial_pays_from_its_end_and_one_that_lapsed_never_paid() -> None:
    trial = {"start_date": at(2026, 10, 1), "trial_end": at(2026, 10, 15)}
    paid = revenue.earner(subscription(**trial), NOW)
    assert paid.starts == datetime(2026, 10, 15, tzinfo=UTC)
    lapsed = {"status": "canceled", "ended_at": at(2026, 10, 15), **trial}
    assert revenue.earner(subscription(**lapsed), NOW).starts is None
    running = revenue.earner(subscription(status="trialing", **trial), NOW)
    assert running.starts is None


def test_churn_compares_with_those_who_paid_when_the_month_began() -> None:
    def lives(begins: int, ends: int | None = None) -> revenue.Earner:
        ended = {"status": "canceled", "ended_at": ends} if ends else {}
        row = subscription(created=begins, start_date=begins, **ended)
        return revenue.earner(row, NOW)

    rows = [
        *(lives(at(2026, 1, 1)) for _ in range(5)),
        lives(at(2026, 1, 1), at(2026, 10, 20)),  # lost in October
        lives(at(2026, 10, 3), at(2026, 10, 25)),  # came and went
        lives(at(2026, 10, 7)),  # new
        lives(at(2026, 11, 2)),  # later
        lives(at(2026, 1, 1), at(2026, 9, 20)),  # before
    ]
    october = revenue.month(
        rows,
        date(2026, 10, 1),
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert (october.at_start, october.new, october.ended) == (6, 2, 2)
    assert (october.lost, october.at_end) == (1, 6)
    assert october.churn == Decimal("16.7")
    assert october.mrr == {"EUR": 6 * 1900}


def test_churn_of_nobody_is_not_a_number() -> None:
    assert revenue.percent(0, 0) is None
    assert revenue.percent(1, 3) == Decimal("33.3")


def test_the_last_months_cross_the_year() -> None:
    months = revenue.last_months(date(2026, 2, 28), 4)
    assert [one.isoformat()[:7] for one in months] == [
        "2025-11", "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip


def test_the_largest_bar_fills_the_chart() -> None:
    small, large, none = charts.bars([("a", 1, "1"), ("b", 2000, "2"), ("c", 0, "0")])
    assert (large.height, large.y) == (charts.HEIGHT, 0)
    assert (small.height, none.height) == (2, 0)
    assert charts.bars([("a", 0, "0")])[0].height == 0


@pytest.mark.django_db
def test_the_overview_follows_a_customer(buyer: make.Buyer, plan: Any) -> None:
    found = revenue_rows.overview()
    assert found.states["active"] == 1
    assert found.mrr == {"EUR": 1900}
    [row] = found.plans
    assert (row.plan, row.mrr, row.count("active")) == ("AMI Pro", 1900, 1)
    this_month, sold = found.months[-1]
    assert (this_month.new, this_month.at_end) == (1, 1)
    assert (sold.recurring, sold.once) == ({"EUR": 1900}, {})
    buyer.fake.control("refund", customer=buyer.customer, amount=500)
    make.deliver(buyer.fake)
    assert revenue_rows.overview().months[-1][1].recurring == {"EUR": 1400}


@pytest.mark.django_db
def test_what_is_paid_once_stands_apart(
    alice: Any, fake: Any, plan: Any, client_of: Any
) -> None:
    from billing import catalogue
    from billing.fakestripe import seed

    make.plan(code="life", stripe_product=seed.COURSE_PRODUCT)
    catalogue.sync()
    from billing.models import PlanPrice

    make.Buyer(alice, fake).subscribe(PlanPrice.objects.get(interval="lifetime"))
    found = revenue_rows.overview()
    assert found.mrr == {}
    assert found.lifetime == 1
    assert found.months[-1][1].once == {"EUR": 4900}


@pytest.mark.django_db
@pytest.mark.parametrize(("duration", "expected"), [("forever", 1520), ("once", 1900)])
def test_a_discount_reaches_the_figures_if_it_lasts(
    buyer: make.Buyer, duration: Any, expected: int
) -> None:
    api = stripe_api.client().v1
    made = api.coupons.create({"percent_off": 20, "duration": duration})
    change: Any = {"discounts": [{"coupon": made.id}]}
    api.subscriptions.update(buyer.subscription["id"], change)
    reconcile.refetch(buyer.user.stripe_customers.get(), actor="test")
    assert revenue_rows.overview().mrr == {"EUR": expected}


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "fields"), STATES)
def test_the_list_and_the_figures_call_a_state_the_same(
    buyer: make.Buyer, state: str, fields: dict[str, Any]
) -> None:
    from djstripe.models import Subscription

    Subscription.objects.update(stripe_data=subscription(**fields))
    assert subscribers.rows().get().state == state


@pytest.mark.django_db
def test_the_figures_take_four_statements(
    buyer: make.Buyer, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        revenue_rows.overview()


@pytest.mark.django_db
def test_owners_see_a_chart_and_its_numbers(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    page = client_of(owner).get("/admin/billing_revenue/").content.decode()
    shown = page[page.index("ami-revenue") :]
    assert "19,00" in shown or "€19.00" in shown
    assert shown.count("<rect") == 12
    assert shown.count('<th scope="row">') == 12 + 1
    assert "style=" not in shown[: shown.index("</dl>")]


@pytest.mark.django_db
def test_editors_do_not_see_revenue(
    buyer: make.Buyer, editor: Any, client_of: Any
) -> None:
    client = client_of(editor)
    assert client.get("/admin/billing_revenue/").status_code == 302
    assert "ami-revenue" not in client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_the_first_page_of_the_admin_shows_todays_figures(
    buyer: make.Buyer, owner: Any, client_of: Any
) -> None:
    page = client_of(owner).get("/admin/").content.decode()
    assert "ami-revenue" in page
