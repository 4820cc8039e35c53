"""The course page sells: outline with times, related courses, what search engines need."""

import json
import re

import pytest

from courses.models import CoursePage, Topic
from courses.tests import make
from courses.tests.make import text

pytestmark = pytest.mark.django_db


def course_data(client, page):
    found = re.search(
        r'<script type="application/ld\+json"[^>]*>(.*?)</script>',
        text(client.get(page.url)),
        re.DOTALL,
    )
    graph = json.loads(found.group(1))["@graph"]
    return next(one for one in graph if one["@type"] == "Course")


def test_every_live_course_has_what_search_engines_require(client):
    make.course(title="Free", slug="free", modules=2)
    make.course(title="Paid", slug="paid", access="subscribers", minutes=90)
    make.course(title="Empty", slug="empty", lessons=0)
    make.translated(make.course(title="Both", slug="both"))
    pages = list(CoursePage.objects.live())
    assert len(pages) == 5
    for page in pages:
        data = course_data(client, page)
        for name in ("name", "description", "url", "inLanguage", "educationalLevel"):
            assert data[name], name
        assert data["provider"]["@type"] == "EducationalOrganization"
        assert data["provider"]["name"]
        [offer] = data["offers"]
        assert offer["category"] in ("Free", "Subscription")
        assert offer["category"] != "Free" or offer["price"] == 0
        [instance] = data["hasCourseInstance"]
        assert instance["courseMode"] == "Online"
        assert re.fullmatch(r"PT[1-9]\d*M", instance["courseWorkload"])


def test_each_module_names_its_lessons_and_minutes(client):
    page = make.course(modules=2, lessons=3)
    minutes = 3 * make.lessons_of(page)[0].minutes
    shown = " ".join(text(client.get(page.url)).split())
    assert shown.count(f"3 lessons · {minutes} min") == 2


def test_courses_of_the_same_topic_are_named_below(client):
    topic = Topic.objects.create(name="Risk", locale=make.home().locale)
    pages = [
        make.course(title=name, slug=name.lower(), topic=topic)
        for name in ("One", "Two", "Three")
    ]
    pages[2].unpublish()
    shown = text(client.get(pages[0].url)).partition("You may also like")[2]
    assert "Two" in shown
    assert "Three" not in shown
    alone = make.course(title="Alone", slug="alone")
    assert "You may also like" not in text(client.get(alone.url))
