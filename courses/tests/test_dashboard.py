"""The dashboard and my courses: what is next, what opens, what is new, the week."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from courses import dashboard, my_courses, progress
from courses.models import ItemProgress, LessonPage, ModulePage
from courses.tests import make
from courses.tests.make import enrolled, text, url

pytestmark = pytest.mark.django_db
MADRID = ZoneInfo("Europe/Madrid")


def home(browser):
    return text(browser.get("/en/dashboard/"))


def test_continue_names_the_lesson_and_the_minutes_left(alice, client_of):
    page = make.course(lessons=3)
    first, *_rest = enrolled(alice, page)
    progress.complete_lesson(alice, first)
    shown = home(client_of(alice))
    assert "Lesson 1.2" in shown
    assert f"{2 * first.minutes} min left in the course" in shown


def test_what_opens_next_is_named_with_its_day(alice, client_of):
    page = make.course(lessons=3)
    _first, second, third = enrolled(alice, page)
    for lesson, days in ((second, 5), (third, 2)):
        lesson.unlock_on = now() + timedelta(days=days)
        lesson.save_revision().publish()
    shown = home(client_of(alice))
    assert "Opens next: Lesson 1.3 (Risk)" in shown
    assert "Lesson 1.3 opens on" in text(client_of(alice).get(url("my-courses")))


def test_a_finished_course_stays_finished_and_names_what_is_new(alice, client_of):
    page = make.course(lessons=1)
    for lesson in enrolled(alice, page):
        progress.complete_lesson(alice, lesson)
    module = ModulePage.objects.get()
    for number in (1, 2):
        make.lesson(module, title=f"Later {number}")
    browser = client_of(alice)
    for shown in (home(browser), text(browser.get(url("my-courses")))):
        assert "2 new lessons since you finished" in shown
        assert "100" in shown
    assert progress.percent(page, alice) == 100
    course = text(browser.get(page.url))
    assert course.count("New since you finished") == 2
    lesson = text(browser.get(LessonPage.objects.order_by("path").last().url))
    assert lesson.count("New since you finished") == 2
    progress.complete_lesson(alice, LessonPage.objects.get(title="Later 1"))
    [row] = my_courses.rows(alice, browser.get(page.url).wsgi_request)
    assert (row.fresh, row.percent, row.finished) == (1, 100, True)


def test_the_week_counts_days_in_the_persons_zone(alice):
    monday = datetime(2026, 11, 23, 0, 30, tzinfo=MADRID)  # still Sunday in UTC
    items = [lesson.key for lesson in enrolled(alice, make.course(lessons=3))]
    for item, day in zip(items, (-1, 0, 1), strict=True):
        moment = monday + timedelta(days=day)
        ItemProgress.objects.create(
            user=alice, item_id=item, first_opened=moment, last_opened=moment
        )
    thursday = monday + timedelta(days=3)
    assert dashboard.days_this_week(alice, thursday) == 2
    assert dashboard.days_this_week(alice, thursday + timedelta(days=7)) == 0


def test_the_week_is_never_a_loss(alice, client_of):
    enrolled(alice, make.course(lessons=2))
    assert "this week" not in home(client_of(alice))


def test_the_dashboard_asks_the_same_for_3_and_30_courses(
    alice, client_of, django_assert_max_num_queries
):
    browser = client_of(alice)
    counts = []
    taken = 0
    for upto in (3, 30):
        while taken < upto:
            page = make.course(title=f"C {taken}", slug=f"c-{taken}", lessons=1)
            for lesson in enrolled(alice, page):
                progress.open_lesson(alice, lesson)
            taken += 1
        home(browser)
        with django_assert_max_num_queries(120) as asked:
            home(browser)
        counts.append(
            len([one for one in asked.captured_queries if "courses_" in one["sql"]])
        )
    assert counts[0] == counts[1]
    assert counts[0] <= 12
