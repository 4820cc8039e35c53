"""Owners enrol, withdraw and extend in the administration; nobody else may."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate, now

from audit.models import AuditEvent
from courses import enrolment, grants, progress
from courses.access import Reason, decide
from courses.models import AccessGrant, Enrolment, ItemProgress
from courses.tests import make

pytestmark = pytest.mark.django_db
TOMORROW = localdate() + timedelta(days=1)


def end_of(day):
    """The owner's own days: Olga lives in Madrid."""
    with timezone.override("Europe/Madrid"):
        return grants.end_of(day)


@pytest.fixture
def page():
    return make.course(access="subscribers")


@pytest.fixture
def row(page):
    return make.row_of(page)


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


def enrol(admin, row, **fields):
    data = {"student": "Alice@example.com ", "course": row.pk, **fields}
    return admin.post(reverse("enrolments:add"), data)


def test_enrolling_with_access_opens_the_lessons_and_is_audited(
    admin, alice, page, row
):
    enrol(admin, row, give_access="on", access_until=TOMORROW, note="a gift")
    place = Enrolment.objects.get(user=alice, course=row)
    assert place.source == Enrolment.Source.STAFF
    assert decide(alice, make.lessons_of(page)[0]).reason == Reason.GRANT
    found = AccessGrant.objects.get(user=alice)
    assert found.valid_until == end_of(TOMORROW)
    actions = AuditEvent.objects.filter(target=f"user:{alice.pk}")
    assert set(actions.values_list("action", "actor")) == {
        ("course.enrol", "olga@example.com"),
        ("access.grant", "olga@example.com"),
    }


def test_enrolling_alone_gives_no_access(admin, alice, page, row):
    enrol(admin, row)
    assert Enrolment.objects.filter(user=alice).exists()
    assert not AccessGrant.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"student": "nobody@example.com"}, "Nobody has an account"),
        ({"student": "no address"}, "valid email"),
        ({"course": "7f9c24e5-2f6b-4d3a-9a55-0c1d2e3f4a5b"}, "valid choice"),
        ({"access_until": "2001-01-01", "give_access": "on"}, "has passed"),
        ({"access_until": TOMORROW}, "Tick this"),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field(admin, alice, row, fields, said):
    response = enrol(admin, row, **fields)
    assert said in response.content.decode()
    assert not Enrolment.objects.exists()


def test_a_second_place_is_refused(admin, alice, row):
    enrolment.enrol(alice, row)
    assert "already" in enrol(admin, row).content.decode()
    assert Enrolment.objects.count() == 1


def test_withdrawing_asks_for_a_reason_and_keeps_progress(admin, alice, page, row):
    place = enrolment.enrol(alice, row)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    url = reverse("enrolments:withdraw", args=[place.pk])
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"reason": ""}).status_code == 200
    assert Enrolment.objects.active().exists()
    admin.post(url, {"reason": "moved away"})
    place.refresh_from_db()
    assert place.ended_at
    assert place.reason == "moved away"
    assert ItemProgress.objects.filter(user=alice, state="done").exists()
    assert AuditEvent.objects.filter(action="course.withdraw").count() == 1


def test_extending_never_shortens(admin, alice, row):
    place = enrolment.enrol(alice, row)
    url = reverse("enrolments:extend", args=[place.pk])
    later = TOMORROW + timedelta(days=30)
    admin.post(url, {"access_until": later, "note": "exam moved"})
    admin.post(url, {"access_until": TOMORROW})
    assert AccessGrant.objects.get().valid_until == end_of(later)
    admin.post(url, {"access_until": ""})
    assert AccessGrant.objects.get().valid_until is None
    admin.post(url, {"access_until": later})
    assert AccessGrant.objects.get().valid_until is None
    assert AuditEvent.objects.filter(action="access.grant").count() == 2


def bulk(action):
    return reverse("wagtail_bulk_action", args=["courses", "enrolment", action])


def test_many_are_withdrawn_at_once_in_few_statements(
    admin, make_user, row, django_assert_max_num_queries
):
    people = [make_user(f"Student{n}") for n in range(30)]
    places = [enrolment.enrol(user, row) for user in people]
    ids = "&".join(f"id={place.pk}" for place in places)
    url = f"{bulk('withdraw')}?{ids}&next=/admin/"
    asked = admin.get(url).content.decode()
    assert "For 30 students" in asked
    assert "and 10 more" in asked
    with django_assert_max_num_queries(20):
        admin.post(url, {"reason": "course moved"})
    assert not Enrolment.objects.active().exists()
    events = AuditEvent.objects.filter(action="course.withdraw")
    assert events.count() == 30
    assert len({event.data["batch"] for event in events}) == 1


def test_select_all_follows_the_filters_of_the_list(admin, alice, bob, row):
    enrolment.enrol(alice, row)
    enrolment.enrol(bob, row)
    url = f"{bulk('extend')}?id=all&q=bob&next=/admin/"
    admin.post(url, {"access_until": TOMORROW})
    assert [found.user for found in AccessGrant.objects.all()] == [bob]


@pytest.mark.parametrize("name", ["index", "add"])
def test_editors_and_students_see_none_of_it(name, editor, alice, client_of, row):
    place = enrolment.enrol(alice, row)
    urls = [
        reverse(f"enrolments:{name}"),
        reverse("enrolments:withdraw", args=[place.pk]),
        reverse("enrolments:extend", args=[place.pk]),
        f"{bulk('withdraw')}?id={place.pk}",
    ]
    for person in (editor, alice):
        client = client_of(person)
        for url in urls:
            assert client.get(url).status_code in (302, 403)
            client.post(url, {"reason": "x"})
    assert Enrolment.objects.active().exists()


def test_the_list_costs_the_same_with_many_and_filters_by_state(
    admin, make_user, row, django_assert_num_queries
):
    enrolment.enrol(make_user("First"), row)
    url = reverse("enrolments:index")
    admin.get(url)
    with CaptureQueriesContext(connection) as few:
        admin.get(url)
    for n in range(15):
        enrolment.enrol(make_user(f"Student{n}"), row)
    with django_assert_num_queries(len(few)):
        admin.get(url)
    enrolment.withdraw(make_user("Gone"), row, reason="x")
    assert "Student1" not in admin.get(url + "?now=ended").content.decode()


def test_exports_equal_the_screen_and_run_no_formula(admin, make_user, row):
    user = make_user("=cmd|'/c calc'!A0", email="risky@example.com")
    enrolment.enrol(user, row)
    url = reverse("enrolments:index")
    text = admin.get(url + "?export=csv").content.decode("utf-8-sig")
    head, line = text.splitlines()
    assert head == "Student,Course,Enrolled by,Started,Ended,Why it ended"
    assert line.startswith("'=cmd")
    book = openpyxl.load_workbook(
        BytesIO(b"".join(admin.get(url + "?export=xlsx").streaming_content))
    )
    cells = list(book.active.rows)
    assert [cell.value for cell in cells[0]] == head.split(",")
    assert cells[1][0].value.startswith("'=cmd")
    assert cells[1][0].data_type == "s"
    assert abs(cells[1][3].value.timestamp() - now().timestamp()) < 3 * 3600
