from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now

from audit.models import AuditEvent
from courses import grants
from courses.models import AccessGrant

pytestmark = pytest.mark.django_db
SUBSCRIPTION = {
    "scope": "tier",
    "scope_ref": "pro",
    "source_kind": "stripe_subscription",
    "source_ref": "sub_1",
}


def test_granting_twice_keeps_one_grant_and_one_event(alice):
    until = now() + timedelta(days=30)
    first = grants.grant(alice, valid_until=until, **SUBSCRIPTION)
    again = grants.grant(alice, valid_until=until, **SUBSCRIPTION)
    assert first == again
    assert AuditEvent.objects.filter(action="access.grant").count() == 1


def test_granting_again_moves_the_end_and_opens_a_revoked_grant(alice):
    grants.grant(alice, **SUBSCRIPTION)
    source = {"source_kind": "stripe_subscription", "source_ref": "sub_1"}
    assert grants.revoke(alice, **source) == 1
    assert grants.revoke(alice, **source) == 0
    assert grants.valid_grants(alice) == []
    until = now() + timedelta(days=5)
    grants.grant(alice, valid_until=until, **SUBSCRIPTION)
    assert [one.valid_until for one in grants.valid_grants(alice)] == [until]


def test_revoking_may_lie_in_the_future(alice):
    grants.grant(alice, **SUBSCRIPTION)
    later = now() + timedelta(days=1)
    grants.revoke(
        alice, source_kind="stripe_subscription", source_ref="sub_1", at=later
    )
    assert len(grants.valid_grants(alice)) == 1
    assert grants.valid_grants(alice, later) == []


def test_revoking_leaves_other_people_and_sources_alone(alice, bob):
    grants.grant(alice, **SUBSCRIPTION)
    grants.grant(bob, **SUBSCRIPTION)
    grants.grant(alice, scope="all", source_kind="gift")
    grants.revoke(alice, source_kind="stripe_subscription", source_ref="sub_1")
    assert [one.source_kind for one in grants.valid_grants(alice)] == ["gift"]
    assert len(grants.valid_grants(bob)) == 1


@pytest.mark.parametrize(
    ("scope", "ref"), [("all", "pro"), ("tier", ""), ("course", ""), ("none", "x")]
)
def test_the_database_refuses_a_scope_without_sense(alice, scope, ref):
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.create(
            user=alice, scope=scope, scope_ref=ref, source_kind="staff"
        )


def test_the_list_counts_grants(alice, bob, owner, client_of):
    for person in (alice, bob):
        grants.grant(person, scope="all", source_kind="staff", source_ref="x")
    shown = client_of(owner).get(reverse("access_grants:index")).content.decode()
    assert "2 access grants" in shown


def test_access_by_hand_that_is_over_already_is_refused(alice, owner, client_of):
    asked = {"student": alice.email, "scope": "all", "note": "x"}
    url, client = reverse("access_grants:add"), client_of(owner)
    late = (now() - timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    answer = client.post(url, {**asked, "valid_until": late})
    assert "That day is over." in answer.content.decode()
    assert not AccessGrant.objects.exists()
    client.post(url, asked)
    assert AccessGrant.objects.get().source_ref == grants.BY_HAND
