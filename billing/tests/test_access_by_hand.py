"""Access that owners give and end from a subscriber's page."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from billing import reconcile
from billing.tests import make
from courses import grants
from courses.models import AccessGrant
from courses.tests import make as courses

pytestmark = pytest.mark.django_db
BASE = "/admin/billing_subscribers"


def valid(user: User) -> list[AccessGrant]:
    return grants.valid_grants(user)


def test_access_is_given_after_the_second_yes(
    alice: User, owner: User, client_of: Any
) -> None:
    client, url = client_of(owner), f"{BASE}/{alice.pk}/give/"
    until = timezone.localdate() + timedelta(days=10)
    form = {"what": "all", "until": until.isoformat(), "reason": "Scholarship"}
    assert client.get(url).status_code == 200
    assert "Scholarship" in client.post(url, form).content.decode()
    assert valid(alice) == []
    client.post(url, {**form, "confirmed": "1"})
    [made] = valid(alice)
    assert (made.scope, made.source_kind, made.note) == ("all", "staff", "Scholarship")
    with timezone.override("Europe/Madrid"):
        assert made.valid_until == grants.end_of(until)
    event = AuditEvent.objects.get(action="access.grant")
    assert (event.actor, event.target) == (owner.email, f"user:{alice.pk}")


def test_a_plan_opens_what_it_opens_when_sold(
    alice: User, owner: User, client_of: Any
) -> None:
    first, second = courses.course(), courses.course(slug="more")
    keys = [first.translation_key, second.translation_key]
    plan = make.plan(unlocks="courses", courses=keys, stripe_product="")
    form = {"what": "plan", "plan": str(plan.pk), "reason": "Prize", "confirmed": "1"}
    client_of(owner).post(f"{BASE}/{alice.pk}/give/", form)
    assert {one.scope_ref for one in valid(alice)} == {str(key) for key in keys}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("plan", {"what": "plan"}),
        ("course", {"what": "course"}),
        ("until", {"until": "2020-01-01"}),
        ("reason", {"reason": ""}),
    ],
)
def test_a_form_that_lacks_something_says_what(
    alice: User, owner: User, client_of: Any, field: str, change: dict[str, str]
) -> None:
    form = {"what": "all", "reason": "x", "confirmed": "1", **change}
    page = client_of(owner).post(f"{BASE}/{alice.pk}/give/", form)
    assert list(page.context["form"].errors) == [field]
    assert valid(alice) == []


def test_reconcile_leaves_access_by_hand_alone(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    form = {"what": "all", "reason": "Thanks", "confirmed": "1"}
    client_of(owner).post(f"{BASE}/{buyer.user.pk}/give/", form)
    buyer.fake.control("expire_subscription", subscription=buyer.subscription["id"])
    reconcile.refetch(buyer.user.stripe_customers.get(), actor="test")
    assert {one.source_kind for one in valid(buyer.user)} >= {"staff"}


def test_access_is_ended_after_the_second_yes(
    alice: User, owner: User, client_of: Any
) -> None:
    made = grants.grant(alice, scope="all", source_kind="staff", source_ref="admin")
    client, url = client_of(owner), f"{BASE}/end/{made.pk}/"
    assert client.post(url, {"reason": "Mistake"}).context["others"] == []
    assert valid(alice)
    client.post(url, {"reason": "Mistake", "confirmed": "1"})
    assert valid(alice) == []
    event = AuditEvent.objects.get(action="access.revoke")
    assert (event.actor, event.data["reason"]) == (owner.email, "Mistake")


def test_what_follows_from_a_payment_is_not_ended_here(
    buyer: make.Buyer, owner: User, client_of: Any
) -> None:
    [paid] = buyer.grants()
    url = f"{BASE}/end/{paid.pk}/"
    form = {"reason": "x", "confirmed": "1"}
    assert client_of(owner).post(url, form, follow=True).status_code == 404
    assert buyer.grants()


def test_editors_neither_give_nor_end(
    alice: User, editor: User, client_of: Any
) -> None:
    made = grants.grant(alice, scope="all", source_kind="staff", source_ref="admin")
    client = client_of(editor)
    form = {"what": "all", "reason": "x", "confirmed": "1"}
    for url in (f"{BASE}/{alice.pk}/give/", f"{BASE}/end/{made.pk}/"):
        assert client.post(url, form)["Location"] == "/admin/"
    assert valid(alice) == [made]


def test_without_keys_owners_have_their_pages_and_give_access(
    alice: User, owner: User, client_of: Any, settings: Any
) -> None:
    assert not settings.BILLING_ENABLED
    client = client_of(owner)
    for name in ("revenue", "subscribers", "plans", "receipts", "ledger", "events"):
        assert client.get(f"/admin/billing_{name}/").status_code == 200, name
    form = {"what": "all", "reason": "Scholarship", "confirmed": "1"}
    client.post(f"{BASE}/{alice.pk}/give/", form)
    assert len(valid(alice)) == 1
