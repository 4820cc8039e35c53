"""The catalogue's door: filters in the URL, other languages, order, pages, budgets."""

import pytest

from courses import progress
from courses.models import CoursePage, Topic
from courses.tests import make

pytestmark = pytest.mark.django_db


def titles(answer):
    return [card["title"] for card in answer.context_data["cards"]]


@pytest.fixture
def catalogue():
    make.course(title="Long", slug="long", minutes=500, level="advanced")
    make.course(title="Short", slug="short", minutes=30, access="subscribers")
    make.course(title="Medium", slug="medium", minutes=120)
    return make.catalogue().url


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Long", "Short", "Medium"]),
        ("level=advanced", ["Long"]),
        ("access=subscribers", ["Short"]),
        ("duration=short", ["Short"]),
        ("duration=medium", ["Medium"]),
        ("duration=long", ["Long"]),
        ("q=médium", ["Medium"]),
        ("sort=title", ["Long", "Medium", "Short"]),
        ("sort=short", ["Short", "Medium", "Long"]),
        ("sort=new", ["Medium", "Short", "Long"]),
        ("duration=forever&sort=chaos&page=99", ["Long", "Short", "Medium"]),
        ("access=free&duration=short", []),
    ],
)
def test_every_filter_is_in_the_address(client, catalogue, query, expected):
    assert titles(client.get(f"{catalogue}?{query}")) == expected


def test_the_topic_filter_finds_the_courses_of_the_topic(client, catalogue):
    topic = Topic.objects.create(name="Risk", locale=make.home().locale)
    CoursePage.objects.filter(slug="short").update(topic=topic)
    assert titles(client.get(f"{catalogue}?topic={topic.pk}")) == ["Short"]


def test_courses_of_another_language_come_with_its_name(client, catalogue):
    copy = make.translated(CoursePage.objects.get(slug="medium"))
    CoursePage.objects.filter(pk=copy.pk).update(title="Mediano")
    make.course(title="Riesgo", slug="riesgo", language="es")
    assert "Riesgo" not in titles(client.get(catalogue))
    spanish = client.get(f"{catalogue}?language=es")
    assert titles(spanish) == ["Mediano", "Riesgo"]
    assert "Español" in spanish.content.decode()
    every = titles(client.get(f"{catalogue}?language=all"))
    assert every == ["Long", "Short", "Medium", "Riesgo"]


def test_the_form_keeps_what_was_asked_and_says_how_many(client, catalogue):
    page = client.get(f"{catalogue}?access=free&sort=title").content.decode()
    assert '<option value="free" selected>' in page
    assert "2 courses" in page
    assert "Show all" in page


def test_a_long_list_has_pages_that_keep_the_filters(client, catalogue):
    for number in range(25):
        make.course(title=f"More {number}", slug=f"more-{number}", lessons=0)
    first = client.get(f"{catalogue}?access=free")
    assert len(titles(first)) == 24
    assert "?access=free&amp;page=2" in first.content.decode()
    second = client.get(f"{catalogue}?access=free&page=2")
    assert len(titles(second)) == 3


def test_a_big_catalogue_asks_no_more_than_a_small_one(
    alice, client_of, django_assert_max_num_queries
):
    browser = client_of(alice)
    counts = []
    for upto in (5, 30):
        for number in range(CoursePage.objects.count(), upto):
            page = make.course(title=f"C {number}", slug=f"c-{number}", lessons=1)
            progress.complete_lesson(alice, make.lessons_of(page)[0])
        address = f"{make.catalogue().url}?sort=title"
        browser.get(address)
        with django_assert_max_num_queries(60) as asked:
            browser.get(address)
        ours = [one for one in asked.captured_queries if "courses_" in one["sql"]]
        counts.append(len(ours))
    assert counts[0] == counts[1]
    assert counts[0] <= 8
