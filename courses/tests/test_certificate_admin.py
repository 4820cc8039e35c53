"""Owners issue, re-issue and revoke certificates; everybody else does not."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from courses import progress
from courses.models import Certificate, Course
from courses.tests import make

pytestmark = pytest.mark.django_db
INDEX = "/admin/certificates/"


@pytest.fixture
def found(alice):
    page = make.course(certificate=True)
    for lesson in make.lessons_of(page):
        progress.complete_lesson(alice, lesson)
    return Certificate.objects.get()


def test_the_list_shows_filters_and_exports(found, owner, client_of):
    client = client_of(owner)
    for query in ("", "?state=valid", f"?q={found.number}"):
        assert found.number in client.get(INDEX + query).text
    assert found.number not in client.get(f"{INDEX}?state=revoked").text
    table = client.get(f"{INDEX}?export=csv").content.decode()
    assert found.number in table
    assert "Alice" in table
    assert client.get(f"{INDEX}?export=xlsx").status_code == 200
    assert found.number in client.get(f"{INDEX}inspect/{found.pk}/").text


def test_only_owners_come_in(found, editor, alice, client_of):
    for user in (editor, alice):
        client = client_of(user)
        for url in (
            INDEX,
            f"{INDEX}new/",
            f"{INDEX}revoke/{found.pk}/",
            f"{INDEX}reissue/{found.pk}/",
        ):
            assert client.get(url).status_code != 200
            client.post(url, {"reason": "x", "sure": "on", "holder": "X"})
    assert Certificate.objects.get().state == "valid"


def test_revoking_asks_for_a_reason_and_is_audited(found, owner, client_of):
    client, url = client_of(owner), f"{INDEX}revoke/{found.pk}/"
    assert found.number in client.get(url).text
    client.post(url, {"reason": "A mistake"})
    assert Certificate.objects.get().state == "valid"
    client.post(url, {"reason": "A mistake", "sure": "on"})
    now = Certificate.objects.get()
    assert (now.state, now.revoked_reason, now.revoked_by) == (
        "revoked",
        "A mistake",
        owner.email,
    )
    event = AuditEvent.objects.get(action="certificate.revoke")
    assert (event.actor, event.target) == (owner.email, f"certificate:{now.number}")
    again = client.post(url, {"reason": "Twice", "sure": "on"}, follow=True)
    assert "It was revoked or replaced in the meantime." in again.text


def test_reissuing_corrects_the_name(found, owner, client_of):
    url = f"{INDEX}reissue/{found.pk}/"
    assert 'value="Alice"' in client_of(owner).get(url).text
    client_of(owner).post(url, {"holder": "Alice Liddell"})
    old, new = Certificate.objects.order_by("superseded_at")
    assert (old.state, new.state) == ("superseded", "valid")
    assert (new.holder_name, new.supersedes) == ("Alice Liddell", old)
    assert AuditEvent.objects.filter(action="certificate.reissue").count() == 1


def test_issuing_by_hand_needs_a_finished_course(bob, owner, client_of):
    page = make.course()
    course = Course.objects.get()
    client, url = client_of(owner), reverse("certificates:add")
    posted = {"student": bob.email, "course": str(course.pk), "holder": ""}
    assert "has not finished this course" in client.post(url, posted).text
    for lesson in make.lessons_of(page):
        progress.complete_lesson(bob, lesson)
    answer = client.post(url, posted)
    assert answer.status_code == 302, answer.context["form"].errors
    assert Certificate.objects.get().holder_name == "Bob"
    assert "They have a valid certificate" in client.post(url, posted).text
    event = AuditEvent.objects.get(action="certificate.issue")
    assert event.actor == owner.email
