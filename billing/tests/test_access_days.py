"""Drip that outlasts what can be bought is named before publishing."""

import pytest
from django.utils import translation

from billing.models.plans import Plan, PlanPrice
from courses import publish_checks
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def texts(page):
    return [found.text for found in publish_checks.findings(page)]


def test_a_lesson_that_opens_after_bought_access_ended():
    course = make.course(lessons=1, outcomes=[{"type": "text", "value": "Size"}])
    lesson = make.lessons_of(course)[0]
    plan = Plan.objects.create(code="pro", name_es="Pro", name_en="Pro")
    PlanPrice.objects.create(
        plan=plan, stripe_price="price_1", interval="course", currency="EUR",
        amount=900, access_days=30,
    )  # fmt: skip
    lesson.unlock_after_days = 30
    lesson.save()
    assert "opens 30 days after the start" in texts(lesson)[0]
    assert texts(course) == texts(lesson)
    lesson.unlock_after_days = 29
    assert texts(lesson) == []
