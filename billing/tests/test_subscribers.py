"""The owners' list of subscribers and one subscriber's page."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from audit import trail
from billing import timeline
from billing.models import CustomerLink, InboxEvent
from billing.person_page import charges_of, customers_of
from billing.tests import make
from outbox import queue

pytestmark = pytest.mark.django_db
LIST = "/admin/billing_subscribers/"


@pytest.fixture
def yearly_bob(bob: User, buyer: make.Buyer, yearly: Any, fake: Any) -> make.Buyer:
    other = make.Buyer(bob, fake)
    other.subscribe(yearly)
    return other


def found(client: Any, **query: str) -> set[str]:
    """The addresses of the people in the list."""
    answer = client.get(LIST, {**query, "export": "csv"})
    text = answer.content.decode("utf-8-sig")
    return {row[1] for row in list(csv.reader(io.StringIO(text)))[1:]}


def test_filters_and_search_narrow_the_list(
    yearly_bob: make.Buyer, buyer: make.Buyer, plan: Any, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    alice, bob = buyer.user.email, yearly_bob.user.email
    assert found(client) == {alice, bob}
    assert found(client, interval="year") == {bob}
    assert found(client, currency="EUR", plan=str(plan.pk)) == {alice, bob}
    assert found(client, state="past_due") == set()
    assert found(client, q=alice) == {alice}
    assert found(client, q=yearly_bob.subscription["id"]) == {bob}
    fields = {"id": buyer.subscription["id"]}
    buyer.fake.control("decline_next", customer=buyer.customer)
    buyer.fake.control("renew", subscription=fields["id"])
    make.deliver(buyer.fake)
    assert found(client, state="past_due") == {alice}
    assert found(client, state="active") == {bob}


def test_the_list_takes_the_same_statements_however_long(
    yearly_bob: make.Buyer, owner: User, client_of: Any
) -> None:
    client = client_of(owner)
    client.get(LIST)
    with CaptureQueriesContext(connection) as two:
        client.get(LIST)
    CustomerLink.objects.filter(user=yearly_bob.user).delete()
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        assert client.get(LIST).status_code == 200
    assert len(one) == len(two)


def test_the_list_is_a_workbook_too(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    answer = client_of(owner).get(LIST, {"export": "xlsx"})
    assert (
        b"".join(answer.streaming_content if answer.streaming else [answer.content])[:2]
        == b"PK"
    )


def test_a_name_is_no_formula_in_the_export(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    User.objects.filter(pk=buyer.user.pk).update(name="=HYPERLINK(1)")
    text = client_of(owner).get(LIST, {"export": "csv"}).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text


def test_editors_see_neither_list_nor_person(
    buyer: make.Buyer, editor: User, client_of: Any
) -> None:
    client = client_of(editor)
    for url in (LIST, f"{LIST}{buyer.user.pk}/", f"{LIST}?export=csv"):
        assert client.get(url).status_code == 302


def test_the_timeline_tells_everything_in_order(buyer: make.Buyer, owner: User) -> None:
    buyer.fake.control("refund", customer=buyer.customer, amount=500)
    make.deliver(buyer.fake)
    queue.sweep()
    trail.record(owner, "access.grant", f"user:{buyer.user.pk}", scope="all")
    customers = customers_of(buyer.user)
    charges = [charge["id"] for charge in charges_of(customers)]
    with translation.override("en"):
        entries = timeline.of(buyer.user, customers, charges)
    titles = [entry.title for entry in entries]
    assert {entry.kind for entry in entries} == {
        "stripe", "access", "staff", "receipt", "mail", "checkout",
    }  # fmt: skip
    for expected in ("invoice.paid", "charge.refunded", "refund.created"):
        assert expected in titles
    assert any("R-000001" in title for title in titles)
    assert any("C-000001" in title for title in titles)
    assert {"Welcome to a plan", "Credit note", "Access given"} <= set(titles)
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)


def test_the_timeline_is_only_this_persons(
    yearly_bob: make.Buyer, buyer: make.Buyer
) -> None:
    customers = customers_of(buyer.user)
    charges = [charge["id"] for charge in charges_of(customers)]
    text = str(timeline.of(buyer.user, customers, charges))
    assert buyer.subscription["id"] in text
    assert yearly_bob.subscription["id"] not in text


def test_the_page_of_a_person_takes_a_fixed_number_of_statements(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    client, url = client_of(owner), f"{LIST}{buyer.user.pk}/"
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        page = client.get(url).content.decode()
    assert "R-000001" in page
    assert "invoice.paid" in page
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    client.get(url)
    with CaptureQueriesContext(connection) as after:
        assert "R-000002" in client.get(url).content.decode()
    assert len(after) == len(before)


def test_a_person_without_a_customer_has_a_page(
    alice: User, owner: User, client_of: Any
) -> None:
    page = client_of(owner).get(f"{LIST}{alice.pk}/")
    assert page.status_code == 200
    assert client_of(owner).get(f"{LIST}999999/", follow=True).status_code == 404


def test_the_timeline_finds_everything_by_an_index(buyer: make.Buyer) -> None:
    """However many events and mails there are."""
    customers = customers_of(buyer.user)
    charges = [charge["id"] for charge in charges_of(customers)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")  # by the order alone
        with CaptureQueriesContext(connection) as asked:
            assert timeline.of(buyer.user, customers, charges)
        plans = []
        for query in asked.captured_queries:
            if "billing_inboxevent" in query["sql"] or "outbox_message" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append(str(cursor.fetchall()))
    assert not [plan for plan in plans if "Seq Scan" in plan]
    text = str(plans)
    for name in ("inbox_customer", "inbox_object", "inbox_charge"):
        assert f"billing_{name}" in text
    assert "outbox_person" in text


def test_the_timeline_tells_a_dispute(buyer: make.Buyer) -> None:
    """Its events name the charge alone."""
    buyer.fake.control("dispute", customer=buyer.customer)
    make.deliver(buyer.fake)
    customers = customers_of(buyer.user)
    charges = [charge["id"] for charge in charges_of(customers)]
    titles = [one.title for one in timeline.of(buyer.user, customers, charges)]
    assert titles.count("charge.dispute.created") == 1
    assert len(InboxEvent.objects.filter(type="charge.dispute.created")) == 1


def test_an_event_with_a_long_customer_is_stored_all_the_same(fake: Any) -> None:
    body = make.event(data={"object": {"id": "x", "customer": "c" * 100_000}})
    assert make.post(body).status_code == 200
