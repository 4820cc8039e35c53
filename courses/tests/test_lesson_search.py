import pytest

from courses import enrolment
from courses.models import Course, LessonText
from courses.tests import make
from courses.tests.test_media_blocks import VTT, document, sound

pytestmark = pytest.mark.django_db


def search(client, words, language="en"):
    answer = client.get(f"/{language}/search/", {"q": words})
    return answer.content.decode().split("<main")[1].split("</main>")[0]


@pytest.fixture
def course():
    return make.course(lessons=1)


@pytest.fixture
def spoken(course):
    tape, vtt = document("tape.wav", sound()), document("tape.vtt", VTT.encode())
    value = {"title": "Tape", "file": tape.pk, "captions": vtt.pk, "transcript": "",
             "length": "0:03"}  # fmt: skip
    body = [{"type": "audio", "id": "tape", "value": value}]
    module = course.get_children().first().specific
    return make.lesson(module, title="Spoken", body=body)


def enter(user, course):
    enrolment.enrol(user, Course.objects.get(key=course.translation_key))


def test_what_is_said_is_found_to_the_second(alice, client_of, course, spoken):
    enter(alice, course)
    html = search(client_of(alice), "lamps green")
    assert "at 1:23" in html
    assert f"{spoken.url}?t=83&amp;v=tape#block-tape" in html


def test_the_text_of_lessons_is_found(alice, client_of, course):
    enter(alice, course)
    assert make.SECRET in search(client_of(alice), "lighthouse")


def test_nobody_else_sees_any_of_it(bob, client, client_of, course, spoken):
    for visitor in (client, client_of(bob)):
        html = search(visitor, "lighthouse green lamp")
        assert make.SECRET not in html
        assert "at 1:23" not in html


def test_unpublished_words_are_gone(alice, client_of, course, spoken):
    enter(alice, course)
    spoken.unpublish()
    assert "at 1:23" not in search(client_of(alice), "green")
    assert not LessonText.objects.filter(block_id="tape").exists()


def test_a_lesson_of_an_unpublished_module_is_not_found(alice, client_of, course):
    enter(alice, course)
    course.get_children().first().specific.unpublish()
    assert make.SECRET not in search(client_of(alice), "lighthouse")


def test_a_quiz_gives_nothing_away(course):
    module = course.get_children().first().specific
    make.lesson(module, title="Quiz", body=[make.quiz()])
    assert not LessonText.objects.filter(text__contains=make.KEYED).exists()


def test_facts_are_read_once_for_a_course(
    alice, client_of, course, django_assert_max_num_queries
):
    enter(alice, course)
    module = course.get_children().first().specific
    for number in range(6):
        make.lesson(module, title=f"More {number}")
    client = client_of(alice)
    search(client, "lighthouse")
    with django_assert_max_num_queries(45):
        assert search(client, "lighthouse").count(make.SECRET) == 7
