"""What a page waits for: chosen by key, copied into the copy's own course, never a ring."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from courses import drip
from courses.models import LessonPage, ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def course():
    return make.course(modules=2, lessons=2)


def wait(page, other):
    page.unlock_after = getattr(other, "key", other.translation_key)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def copied(page, **kwargs):
    copy = page.copy(recursive=True, update_attrs={"slug": "copy"}, **kwargs)
    return type(page).objects.get(pk=copy.pk)


# -- days ----------------------------------------------------------------------


def test_days_end_at_the_same_time_of_day_across_both_clock_changes():
    spring = datetime(
        2026, 3, 27, 20, 0, tzinfo=MADRID
    )  # the clocks change on the 29th
    assert drip.days_after(spring, 3, MADRID) == datetime(
        2026, 3, 30, 20, tzinfo=MADRID
    )
    assert drip.days_after(spring, 3, MADRID) - spring.astimezone(UTC) != 3 * 24 * 3600
    autumn = datetime(2026, 10, 24, 9, 30, tzinfo=MADRID)
    opens = drip.days_after(autumn, 1, MADRID)
    assert opens.isoformat() == "2026-10-25T09:30:00+01:00"
    assert (opens.astimezone(UTC) - autumn.astimezone(UTC)).total_seconds() == 25 * 3600


def test_a_time_the_clocks_skip_moves_forward():
    start = datetime(2026, 3, 28, 2, 30, tzinfo=MADRID)
    assert drip.days_after(start, 1, MADRID).isoformat() == "2026-03-29T03:30:00+02:00"


def test_of_a_time_the_clocks_repeat_the_first_counts():
    start = datetime(2026, 10, 24, 2, 30, tzinfo=MADRID)
    assert drip.days_after(start, 1, MADRID).isoformat() == "2026-10-25T02:30:00+02:00"


def test_the_day_is_the_students_not_the_servers():
    start = datetime(
        2026, 3, 8, 5, 30, tzinfo=UTC
    )  # 00:30 in New York, before its change
    zone = ZoneInfo("America/New_York")
    assert drip.days_after(start, 1, zone).isoformat() == "2026-03-09T00:30:00-04:00"


# -- rings ---------------------------------------------------------------------


def test_two_lessons_may_not_wait_for_each_other(course):
    first, second, *_rest = make.lessons_of(course)
    wait(first, second)
    second.unlock_after = first.key
    with pytest.raises(ValidationError, match="wait for each other"):
        second.full_clean()


def test_a_lesson_may_not_wait_for_itself_or_its_own_module(course):
    first = make.lessons_of(course)[0]
    first.unlock_after = first.key
    with pytest.raises(ValidationError):
        first.full_clean()
    first.unlock_after = first.get_parent().translation_key
    with pytest.raises(ValidationError):
        first.full_clean()


def test_modules_may_not_wait_for_each_other_through_their_lessons(course):
    one, two = ModulePage.objects.child_of(course).order_by("path")
    wait(make.lessons_of(course)[0], two)
    two.unlock_after = one.translation_key
    with pytest.raises(ValidationError):
        two.full_clean()


def test_in_a_course_in_order_nothing_waits_for_a_later_lesson(course):
    course.sequential = True
    course.save_revision().publish()
    first, _second, third, *_rest = make.lessons_of(course)
    first.unlock_after = third.key
    with pytest.raises(ValidationError):
        first.full_clean()
    third.unlock_after = first.key
    third.full_clean()


# -- copies --------------------------------------------------------------------


@pytest.mark.parametrize("keep_live", [True, False])
@pytest.mark.parametrize(("waiting", "target"), [(2, 0), (0, 2)])
def test_a_copied_course_waits_for_its_own_lessons(course, waiting, target, keep_live):
    lessons = make.lessons_of(course)
    wait(lessons[waiting], lessons[target])
    copy = copied(course, keep_live=keep_live)
    mine = make.lessons_of(copy)
    assert mine[waiting].unlock_after == mine[target].key != lessons[target].key
    mine[waiting].get_latest_revision_as_object().save_revision().publish()
    mine[waiting].refresh_from_db()
    assert mine[waiting].unlock_after == mine[target].key
    lessons[waiting].refresh_from_db()
    assert lessons[waiting].unlock_after == lessons[target].key


def test_a_copy_of_a_copy_waits_for_its_own_lessons(course):
    first, second, *_rest = make.lessons_of(course)
    wait(second, first)
    once = copied(course)
    twice = once.copy(recursive=True, update_attrs={"slug": "again"})
    mine = make.lessons_of(twice)
    assert mine[1].unlock_after == mine[0].key


def test_a_copied_course_waits_for_its_own_modules(course):
    one, two = ModulePage.objects.child_of(course).order_by("path")
    wait(two, one)
    copy = copied(course)
    mine_one, mine_two = ModulePage.objects.child_of(copy).order_by("path")
    assert mine_two.unlock_after == mine_one.translation_key != one.translation_key


def test_a_module_copied_within_its_course(course):
    """Inside it waits for its own; for what lies outside it keeps waiting."""
    lessons = make.lessons_of(course)
    wait(lessons[3], lessons[2])
    wait(lessons[2], lessons[0])
    module = ModulePage.objects.child_of(course).order_by("path")[1]
    inside = list(LessonPage.objects.child_of(copied(module)).order_by("path"))
    assert inside[1].unlock_after == inside[0].key
    assert inside[0].unlock_after == lessons[0].key


def test_a_lesson_copied_alone_waits_for_the_same(course):
    first, second, *_rest = make.lessons_of(course)
    wait(second, first)
    first.copy(update_attrs={"slug": "first-copy"})
    copy = second.copy(update_attrs={"slug": "copy"})
    assert LessonPage.objects.get(pk=copy.pk).unlock_after == first.key


def test_a_translation_waits_for_the_same_lesson(course):
    first, second, *_rest = make.lessons_of(course)
    wait(second, first)
    assert make.translated(second).unlock_after == first.key


# -- the editor's form ---------------------------------------------------------


def test_an_editor_chooses_by_name(editor, client_of, course):
    first, second, *_rest = make.lessons_of(course)
    page = client_of(editor).get(reverse("wagtailadmin_pages:edit", args=[second.pk]))
    form = page.context["form"]
    groups = dict(form.fields["unlock_after"].choices[1:])
    assert (str(first.key), first.title) in groups["Module 1"]
    assert str(second.key) not in dict(groups["Module 1"])
    assert (
        str(course.get_children()[1].translation_key),
        "The whole module",
    ) in groups["Module 2"]
