"""Drip that outlasts what can be bought is named before publishing."""

import pytest
from django.utils import translation

from billing.models.plans import Plan, PlanPrice
from courses import publish_checks
from courses.models import CoursePage, ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def texts(page):
    return [found.text for found in publish_checks.findings(page)]


@pytest.fixture
def course():
    return make.course(
        modules=2, lessons=2, outcomes=[{"type": "text", "value": "Size"}]
    )


@pytest.fixture(autouse=True)
def _thirty_days_on_sale(_in_english, db):
    plan = Plan.objects.create(code="pro", name_es="Pro", name_en="Pro")
    PlanPrice.objects.create(
        plan=plan, stripe_price="price_1", interval="course", currency="EUR",
        amount=900, access_days=30,
    )  # fmt: skip


def timed(page, **conditions):
    """Saved and published, as rules read it."""
    for name, value in conditions.items():
        setattr(page, name, value)
    page.save()
    return page


def test_a_lesson_that_opens_after_bought_access_ended(course):
    lesson = timed(make.lessons_of(course)[0], unlock_after_days=30)
    assert "opens 30 days after the start" in texts(lesson)[0]
    assert texts(course) == texts(lesson)
    lesson.unlock_after_days = 29
    assert texts(lesson) == []


def test_the_days_of_a_module_count_for_its_lessons(course):
    first, second = ModulePage.objects.child_of(course)
    timed(second, unlock_after_days=40)
    late = make.lessons_of(course)[2:]
    assert [len(texts(lesson)) for lesson in make.lessons_of(course)] == [0, 0, 1, 1]
    assert "opens 40 days" in texts(late[0])[0]
    assert texts(first) == []
    assert texts(second) == texts(course) == texts(late[0]) + texts(late[1])
    second.unlock_after_days = 29  # as being edited
    assert texts(second) == []


def test_a_lesson_waits_as_long_as_the_lessons_it_waits_for(course):
    one, two, three, four = make.lessons_of(course)
    timed(one, unlock_after_days=31)
    timed(two, unlock_after=one.key)
    timed(three, unlock_after=ModulePage.objects.child_of(course)[0].translation_key)
    assert [len(texts(lesson)) for lesson in (one, two, three, four)] == [1, 1, 1, 0]
    CoursePage.objects.filter(pk=course.pk).update(sequential=True)
    assert "opens 31 days" in texts(four)[0]


@pytest.mark.parametrize("lessons", [2, 20])
def test_the_statements_do_not_grow(course, lessons, django_assert_max_num_queries):
    module = ModulePage.objects.child_of(course).first()
    make.copies(make.lessons_of(course)[1], lessons)
    with django_assert_max_num_queries(10):
        texts(CoursePage.objects.get(pk=course.pk))
    with django_assert_max_num_queries(8):
        texts(module)
