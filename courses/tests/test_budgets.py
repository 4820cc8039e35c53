"""How many statements the pages of learning ask for, through their real addresses.

Transaction marks are not counted: the tests' own transaction turns each guarded hook
into a pair of savepoints, which production does not send.
"""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from courses import catalogue, enrolment, grants
from courses.models import (
    AccessGrant,
    Course,
    CoursePage,
    Item,
    ItemProgress,
    ModulePage,
    VideoProgress,
)
from courses.outline import outline
from courses.tests import make
from courses.tests.make import url

pytestmark = pytest.mark.django_db
MARKS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
USER_ROW = 1


@contextmanager
def asked():
    """The statements sent inside, transaction marks left out."""
    seen = []

    def note(execute, sql, *rest):
        if not str(sql).startswith(MARKS):
            seen.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen


def many_lessons(page, count):
    first = make.lessons_of(page)[0]
    added = make.copies(first, count - 1)
    Item.objects.bulk_create(
        Item(
            key=one.key,
            course_id=page.translation_key,
            module_key=first.place.module.translation_key,
            title=one.title,
            position=number,
        )
        for number, one in enumerate(added)
    )
    return [first, *added]


@pytest.fixture(params=[5, 200])
def lessons(request):
    return many_lessons(make.course(lessons=1), request.param)


@pytest.fixture
def student(alice, client_of, lessons):
    key = lessons[0].place.course.translation_key
    enrolment.enrol(alice, Course.objects.get(key=key))
    ItemProgress.objects.bulk_create(
        ItemProgress(user=alice, item_id=one.key) for one in lessons[2:]
    )
    return client_of(alice)


def test_the_outline_asks_once(alice, lessons):
    course = lessons[0].place.course
    assert course.url  # Wagtail keeps the sites' roots for an hour
    with asked() as cold:
        outline(course, alice)
    assert len(cold) <= 6, cold
    with asked() as warm:
        found = outline(course, alice)
    assert len(warm) == 1
    assert len(found.lessons) == len(lessons)


def test_a_lesson_asks_where_the_person_stands_and_notes_the_visit(student, lessons):
    for _again in range(2):
        student.get(lessons[0].url)
    with asked() as seen:
        answer = student.get(lessons[0].url)
    assert make.SECRET in answer.content.decode()
    assert len(seen) == USER_ROW + 2, seen


def test_a_lesson_with_a_quiz_asks_one_more(alice, client_of):
    page = make.with_quiz()
    lesson = make.enrolled(alice, page)[-1]
    student = client_of(alice)
    student.get(lesson.url)
    student.post(url("quiz-save", lesson.pk, "quiz-r"), {"q-q3": ["1.4"]})
    for _again in range(2):
        student.get(lesson.url)
    with asked() as seen:
        assert 'value="1.4"' in student.get(lesson.url).content.decode()
    assert len(seen) == USER_ROW + 3, seen


def test_a_lesson_below_a_grant_asks_no_more(alice, student, lessons):
    CoursePage.objects.filter(path=lessons[0].path[:-8]).update(access="subscribers")
    for number in range(3):
        grants.grant(alice, scope="all", source_kind="gift", source_ref=str(number))
    for _again in range(2):
        student.get(lessons[0].url)
    with asked() as seen:
        assert make.SECRET in student.get(lessons[0].url).content.decode()
    assert len(seen) == USER_ROW + 2
    AccessGrant.objects.all().delete()
    assert make.SECRET not in student.get(lessons[0].url).content.decode()


def test_completing_asks_the_same_whatever_the_course_holds(student, lessons):
    student.get(lessons[0].url)
    student.get(lessons[1].url)
    student.post(url("complete", lessons[0].pk))
    with asked() as seen:
        student.post(url("complete", lessons[1].pk))
    assert ItemProgress.objects.filter(state="done").count() == 2
    assert len(seen) <= 12, seen


def test_a_heartbeat_asks_where_the_person_stands_and_writes_once(
    alice, client_of, settings, tmp_path
):
    page = make.course(lessons=1)
    body = [{"type": "video", "id": "film", "value": {"title": "Film"}}]
    lesson = make.lesson(ModulePage.objects.child_of(page).first(), body=body)
    enrolment.enrol(alice, Course.objects.get(key=page.translation_key))
    student = client_of(alice)
    beat = {
        "position": 9,
        "duration": 60,
        "played_from": 0,
        "played_to": 9,
        "played": "0-9",
        "seq": 1,
    }
    for _again in range(2):
        student.post(url("watch", lesson.pk, "film"), beat)
    with asked() as seen:
        answer = student.post(url("watch", lesson.pk, "film"), {**beat, "seq": 2})
    assert answer.status_code == 200
    assert VideoProgress.objects.get().position == 9
    assert len(seen) == USER_ROW + 2, seen
    for _again in range(2):
        student.get(lesson.url)
    with asked() as seen:
        assert student.get(lesson.url).status_code == 200
    assert len(seen) == USER_ROW + 2, seen


@pytest.mark.parametrize("count", [5, 200])
def test_the_catalogue_asks_the_same_for_more_courses(alice, client_of, rf, count):
    make.copies(make.course(lessons=1), count - 1)
    index = make.catalogue()
    request = rf.get(index.url)
    request.user = alice
    with asked() as own:
        found = catalogue.listing(index, request)
    assert found["total"] == count
    assert len(own) <= 8, own
    enrolment.enrol(alice, Course.objects.first())
    for browser in (client_of(alice), Client()):
        browser.get(index.url)
        with asked() as seen:
            answer = browser.get(
                f"{index.url}?access=free"
            )  # never from the page cache
        assert answer.status_code == 200
        assert f"{count} courses" in answer.content.decode()
        assert len(seen) <= 8, seen
