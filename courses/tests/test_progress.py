import pytest

from courses import enrolment, progress
from courses.models import Course, CourseCompletion, LessonPage, ModulePage
from courses.outline import outline
from courses.tests import make

pytestmark = pytest.mark.django_db


def test_percent_counts_required_lessons(alice):
    page = make.course(lessons=3)
    first, second, third = make.lessons_of(page)
    third.required = False
    third.save_revision().publish()
    assert progress.percent(page, alice) == 0
    progress.complete_lesson(alice, first)
    assert progress.percent(page, alice) == 50
    progress.complete_lesson(alice, second)
    assert progress.percent(page, alice) == 100


def test_undo_takes_the_mark_back(alice):
    page = make.course(lessons=2)
    first = make.lessons_of(page)[0]
    progress.complete_lesson(alice, first)
    assert progress.undo_complete(alice, first)
    assert not progress.undo_complete(alice, first)
    assert progress.percent(page, alice) == 0


def test_finishing_all_records_the_course_once_and_for_good(alice):
    page = make.course(lessons=2)
    for one in make.lessons_of(page):
        progress.complete_lesson(alice, one)
    completion = CourseCompletion.objects.get(user=alice)
    assert [row["title"] for row in completion.syllabus] == ["Lesson 1.1", "Lesson 1.2"]
    make.lesson(ModulePage.objects.child_of(page).get(), title="New")
    progress.undo_complete(alice, make.lessons_of(page)[0])
    assert progress.percent(page, alice) == 100
    assert CourseCompletion.objects.filter(user=alice).count() == 1


def test_next_goes_on_after_the_last_opened_lesson(alice):
    page = make.course(modules=2, lessons=2)
    lessons = make.lessons_of(page)
    assert progress.next_lesson(page, alice) == lessons[0]
    progress.complete_lesson(alice, lessons[2])
    assert progress.next_lesson(page, alice) == lessons[3]
    progress.complete_lesson(alice, lessons[3])
    assert progress.next_lesson(page, alice) == lessons[0]


def test_nothing_is_next_when_all_is_done(alice):
    page = make.course(lessons=1)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    assert progress.next_lesson(page, alice) is None


def test_a_lesson_with_a_quiz_waits_for_it(alice):
    page = make.course(lessons=1)
    module = ModulePage.objects.child_of(page).get()
    one = make.lesson(module, title="Quiz", completion="quiz", body=[make.quiz()])
    with pytest.raises(progress.NotPassedError):
        progress.complete_lesson(alice, one)


def test_the_outline_says_the_state_of_every_lesson(alice):
    page = make.course(lessons=3)
    enrolment.enrol(alice, Course.objects.get(key=page.translation_key))
    first, second, _third = make.lessons_of(page)
    progress.complete_lesson(alice, first)
    progress.open_lesson(alice, second)
    found = outline(page, alice)
    assert [row.state for row in found.lessons] == ["done", "current", "todo"]
    assert found.next.page == second


def test_a_finished_lesson_stays_finished_without_access(alice):
    page = make.course(lessons=2, access="subscribers")
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    assert [row.state for row in outline(page, alice).lessons] == ["done", "locked"]


@pytest.mark.parametrize("lessons", [5, 60])
def test_the_outline_needs_six_queries_whatever_its_size(
    alice, lessons, django_assert_max_num_queries
):
    page = make.course(lessons=1)
    module = ModulePage.objects.child_of(page).get()
    for number in range(lessons - 1):
        one = LessonPage(title=f"L{number}", slug=f"l{number}", locale=page.locale)
        module.add_child(instance=one)
    enrolment.enrol(alice, Course.objects.get(key=page.translation_key))
    page.get_url()  # the site's root paths are cached
    with django_assert_max_num_queries(6):
        assert len(outline(page, alice).lessons) == lessons
