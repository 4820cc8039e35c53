"""Closing and retiring a course keeps its students; publishing does not undo it."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from courses import course_state, enrolment, progress
from courses.access import decide
from courses.models import Enrolment
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return make.course()


@pytest.fixture
def row(page):
    return make.row_of(page)


@pytest.mark.parametrize("state", ["closed", "retired"])
def test_nobody_new_comes_in_and_nobody_inside_loses_anything(
    state, alice, bob, page, row, client_of
):
    enrolment.enrol(alice, row)
    course_state.choose(row.pk, state, reason="old", actor="olga@example.com")
    client_of(bob).post(reverse("courses:enrol", args=[row.pk]))
    assert [one.user for one in Enrolment.objects.active()] == [alice]
    lesson = make.lessons_of(page)[0]
    assert decide(alice, lesson).allowed
    progress.complete_lesson(alice, lesson)
    event = AuditEvent.objects.get(action="course.state")
    assert event.data["before"] == "open"
    assert event.data["after"] == state


@pytest.mark.parametrize("state", ["open", "closed", "retired"])
def test_the_choice_outlives_publishing_and_unpublishing(state, page, row):
    course_state.choose(row.pk, state, reason="x", actor="o")
    page.save_revision().publish()
    row.refresh_from_db()
    assert row.state == state
    page.refresh_from_db()
    page.unpublish()
    row.refresh_from_db()
    assert row.state == "retired"
    page.save_revision().publish()
    row.refresh_from_db()
    assert row.state == state


def test_a_course_without_a_published_page_stays_retired(page, row):
    page.unpublish()
    assert course_state.choose(row.pk, "open", reason="x", actor="o").state == "retired"


def test_who_is_affected_is_shown_first(alice, bob, make_user, page, row):
    carol = make_user("Carol")
    for person in (alice, bob, carol):
        enrolment.enrol(person, row)
    progress.open_lesson(bob, make.lessons_of(page)[0])
    for lesson in make.lessons_of(page):
        progress.complete_lesson(carol, lesson)
    assert course_state.affected(row) == course_state.Affected(
        students=3, under_way=1, finished=1, own_access=0
    )


def test_owners_choose_on_a_page_and_others_cannot(
    owner, editor, alice, client_of, page, row
):
    enrolment.enrol(alice, row)
    url = reverse("course_reports:state", args=[row.pk])
    answer = {"state": "closed", "reason": "full"}
    client_of(editor).post(url, answer)
    row.refresh_from_db()
    assert row.state == "open"
    client = client_of(owner)
    assert b"under way" in client.get(url).content
    assert client.post(url, {"state": "closed", "reason": ""}).status_code == 200
    assert client.post(url, answer).status_code == 302
    row.refresh_from_db()
    assert row.state == row.chosen_state == "closed"
