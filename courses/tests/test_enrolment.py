import pytest

from courses import enrolment
from courses.models import Course, Enrolment
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return Course.objects.get(key=make.course().translation_key)


def test_enrolling_twice_keeps_one_place(alice, row):
    first = enrolment.enrol(alice, row)
    assert enrolment.enrol(alice, row) == first


def test_leaving_keeps_history_and_coming_back_starts_anew(alice, row):
    enrolment.enrol(alice, row)
    assert enrolment.withdraw(alice, row, reason="no time")
    assert not enrolment.withdraw(alice, row, reason="again")
    enrolment.enrol(alice, row)
    assert Enrolment.objects.filter(user=alice).count() == 2
    assert Enrolment.objects.active().filter(user=alice).count() == 1


def test_a_closed_course_takes_nobody_but_staff_may_enrol(alice, row):
    row.state = Course.State.CLOSED
    row.save()
    with pytest.raises(enrolment.EnrolmentClosedError):
        enrolment.enrol(alice, row)
    assert enrolment.enrol(alice, row, source="staff").source == "staff"
