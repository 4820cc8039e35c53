"""Gift codes: made by the owner, redeemed once per person, never beyond their limit."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from billing import gift_views, gifts, reconcile
from billing.models import GiftCode, GiftRedemption, PlanPrice
from billing.tests import make
from courses.models import AccessGrant
from courses.tests import make as courses
from outbox import queue

pytestmark = pytest.mark.django_db
URL = "/en/billing/redeem/"
ADMIN = "/admin/billing_gifts"


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


def one(owner: Any, **fields: Any) -> GiftCode:
    values: dict[str, Any] = {"plan": None, **fields}
    if not (values["plan"] or values.get("course")):
        values["plan"] = make.plan(stripe_product="")
    return gifts.create(owner, 1, **values)[0]


def valid(user: Any) -> list[AccessGrant]:
    return list(AccessGrant.objects.valid_at(timezone.now()).filter(user=user))


def test_however_it_is_typed_it_opens_the_plan_once(
    alice: Any, owner: Any, client_of: Any
) -> None:
    code = one(owner, access_days=30, note="Christmas")
    client: Client = client_of(alice)
    typed = f"  {code.shown.lower().replace('-', ' ')} "
    assert client.post(URL, {"code": typed})["Location"] == "/en/dashboard/"
    [grant] = valid(alice)
    assert (grant.scope, grant.source_kind) == ("all", "gift")
    assert timedelta(days=29) < grant.valid_until - timezone.now() < timedelta(days=31)
    again = client.post(URL, {"code": code.shown})
    assert again.status_code == 422
    assert "You have redeemed this code already." in again.content.decode()
    code.refresh_from_db()
    assert code.used == GiftRedemption.objects.count() == 1
    events = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"gift.create", "access.grant"} <= events


def test_letters_that_look_alike_are_the_same() -> None:
    assert gifts.plain("oIl-0u ñ") == "0110V"


def test_a_course_is_given_for_good(alice: Any, owner: Any) -> None:
    course = courses.course(access="subscribers")
    code = one(owner, course=course.translation_key)
    gifts.redeem(alice, code.shown)
    [grant] = valid(alice)
    assert (grant.scope, grant.scope_ref) == ("course", str(course.translation_key))
    assert grant.valid_until is None
    queue.sweep()
    assert mail.outbox[-1].subject == "Your gift is open"
    assert "for good" in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expires_at": timezone.now() - timedelta(days=1)}, "This code has expired."),
        ({"revoked_at": timezone.now()}, "This code is no longer valid."),
        ({"used": 1}, "This code has been used up."),
    ],
)
def test_what_cannot_be_redeemed_says_why(
    alice: Any, owner: Any, client_of: Any, fields: Any, words: str
) -> None:
    code = one(owner)
    GiftCode.objects.filter(pk=code.pk).update(**fields)
    answer = client_of(alice).post(URL, {"code": code.shown})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert valid(alice) == []


def test_an_unknown_code_says_so(alice: Any, client_of: Any) -> None:
    answer = client_of(alice).post(URL, {"code": "AAAA-BBBB-CCCC"})
    assert "There is no such code." in answer.content.decode()


def test_guessing_is_slowed_down(alice: Any, client_of: Any) -> None:
    client: Client = client_of(alice)
    for _ in range(gift_views.PER_MINUTE):
        assert client.post(URL, {"code": "nope"}).status_code == 422
    answer = client.post(URL, {"code": "nope"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_a_second_gift_begins_where_the_first_ends(alice: Any, owner: Any) -> None:
    plan = make.plan(stripe_product="")
    first, second = gifts.create(owner, 2, plan=plan, access_days=30)
    ends = gifts.redeem(alice, first.code).valid_until
    assert ends
    assert gifts.redeem(alice, second.code).valid_until == ends + timedelta(days=30)


def test_reconcile_never_touches_a_gift(
    buyer: make.Buyer, owner: Any, monthly: PlanPrice
) -> None:
    gifts.redeem(buyer.user, one(owner, plan=monthly.plan).code)
    [gift] = AccessGrant.objects.filter(source_kind="gift")
    link = buyer.user.stripe_customers.get()
    assert reconcile.refetch(link, actor="test") == []
    buyer.fake.control("refund", customer=buyer.customer)
    make.deliver(buyer.fake)
    assert AccessGrant.objects.get(pk=gift.pk).revoked_at is None


def test_visitors_sign_in_first_and_keep_the_code() -> None:
    answer = Client().get(f"{URL}?code=ABCD")
    assert answer.status_code == 302
    assert "code%3DABCD" in answer["Location"]


def test_the_owner_makes_lists_exports_and_revokes(
    alice: Any, owner: Any, client_of: Any
) -> None:
    plan = make.plan(stripe_product="")
    client: Client = client_of(owner)
    sent = {
        "plan": plan.pk, "course": "", "count": 3, "limit": 2, "access_days": 90,
        "last_day": "2099-12-31", "note": "Fair",
    }  # fmt: skip
    made = client.post(f"{ADMIN}/new/", sent)
    assert made.status_code == 302
    codes = list(GiftCode.objects.all())
    assert len({code.code for code in codes}) == 3
    assert made["Location"].endswith(f"?batch={codes[0].batch}")
    page = client.get(made["Location"]).content.decode()
    assert all(code.shown in page for code in codes)
    assert all(f"{ADMIN}/revoke/{code.pk}/" in page for code in codes)
    assert "can be redeemed" in client.get(f"{ADMIN}/?state=usable").content.decode()
    table = client.get(f"{made['Location']}&export=csv").content.decode()
    assert all(code.shown in table for code in codes)
    gifts.redeem(alice, codes[0].code)
    url = f"{ADMIN}/revoke/{codes[0].pk}/"
    assert codes[0].shown in client.get(url).content.decode()
    client.post(url, {"also_access": "on"})
    assert valid(alice) == []
    codes[0].refresh_from_db()
    assert codes[0].revoked_at


def test_a_batch_is_for_a_plan_or_a_course(owner: Any, client_of: Any) -> None:
    sent = {"count": 1, "limit": 1, "note": ""}
    answer = client_of(owner).post(f"{ADMIN}/new/", sent)
    assert "Choose a plan or a course" in answer.content.decode()
    assert not GiftCode.objects.exists()


def test_editors_make_no_gifts(editor: Any, owner: Any, client_of: Any) -> None:
    code = one(owner)
    client: Client = client_of(editor)
    for path in ("/", "/new/", f"/revoke/{code.pk}/"):
        assert client.get(f"{ADMIN}{path}").status_code in {302, 403}
    client.post(f"{ADMIN}/revoke/{code.pk}/", {})
    code.refresh_from_db()
    assert code.revoked_at is None


def test_the_list_asks_the_same_for_any_number_of_codes(
    owner: Any, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    course = courses.course(access="subscribers")
    client: Client = client_of(owner)
    gifts.create(owner, 1, course=course.translation_key)
    client.get(f"{ADMIN}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{ADMIN}/")
    gifts.create(owner, 15, course=course.translation_key)
    with django_assert_max_num_queries(len(few)):
        assert course.title in client.get(f"{ADMIN}/").content.decode()


def test_days_of_a_price_paid_once_are_set_by_the_owner(
    owner: Any, monthly: PlanPrice, client_of: Any
) -> None:
    once = PlanPrice.objects.create(
        plan=monthly.plan, stripe_price="price_once", interval="lifetime",
        currency="EUR", amount=9900,
    )  # fmt: skip
    client: Client = client_of(owner)
    url = f"/admin/billing_prices/edit/{once.pk}/"
    assert url in client.get("/admin/billing_prices/").content.decode()
    assert client.post(url, {"access_days": "365"}).status_code == 302
    once.refresh_from_db()
    assert once.access_days == 365
    refused = client.post(
        f"/admin/billing_prices/edit/{monthly.pk}/", {"access_days": "3"}
    )
    assert "A subscription has no days of access" in refused.content.decode()
    assert "365" in client.get("/admin/billing_prices/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_forty_at_once_stay_within_the_limit(owner: Any) -> None:
    code = one(owner, limit=7)
    people = [
        User.objects.create_user(email=f"{uuid.uuid4()}@example.com")
        for _number in range(40)
    ]

    def redeem(person: User) -> bool:
        try:
            gifts.redeem(person, code.shown)
        except gifts.GiftError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(40) as pool:
        assert sum(pool.map(redeem, people)) == 7
    code.refresh_from_db()
    assert code.used == GiftRedemption.objects.count() == 7
    assert AccessGrant.objects.filter(source_kind="gift").count() == 7
