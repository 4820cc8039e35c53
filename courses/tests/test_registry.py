import pytest
from wagtail.models import Locale, Page

from courses import enrolment, progress, registry
from courses.models import Course, Item, ItemProgress, LessonPage, ModulePage
from courses.tests import make

pytestmark = pytest.mark.django_db


def items(page):
    return Item.objects.filter(course=page.translation_key)


def test_publishing_makes_rows_in_the_order_of_the_tree():
    page = make.course(modules=2, lessons=2)
    titles = list(items(page).order_by("position").values_list("title", flat=True))
    assert titles == ["Lesson 1.1", "Lesson 1.2", "Lesson 2.1", "Lesson 2.2"]
    assert Course.objects.get(key=page.translation_key).state == "open"


def test_a_draft_lesson_has_no_row():
    page = make.course(lessons=1)
    module = ModulePage.objects.child_of(page).get()
    draft = LessonPage(title="Draft", slug="draft", live=False, locale=page.locale)
    module.add_child(instance=draft)
    assert items(page).count() == 1


def test_moving_a_lesson_keeps_its_row_and_progress(alice):
    page = make.course(modules=2, lessons=1)
    first = make.lessons_of(page)[0]
    progress.complete_lesson(alice, first)
    second_module = ModulePage.objects.child_of(page).last()
    make.lesson(second_module, title="Other", slug="other")
    LessonPage.objects.filter(pk=first.pk).update(slug="moved")
    LessonPage.objects.get(pk=first.pk).move(second_module, pos="last-child")
    row = Item.objects.get(key=first.key)
    assert row.module_key == second_module.translation_key
    assert row.retired_at is None
    assert ItemProgress.objects.get(user=alice).item == row


def test_a_copy_shares_nothing(alice):
    page = make.course(lessons=1)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    copy = page.copy(recursive=True, update_attrs={"slug": "copy", "title": "Copy"})
    for one in copy.get_descendants(inclusive=True).specific():
        one.save_revision().publish()
    assert copy.translation_key != page.translation_key
    assert items(copy).count() == 1
    assert progress.percent(page, alice) == 100
    assert progress.percent(copy.specific, alice) == 0


def test_a_translation_shares_row_and_progress(alice):
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    spanish = make.translated(first)
    progress.complete_lesson(alice, spanish)
    assert Item.objects.filter(key=first.key).count() == 1
    assert progress.percent(page, alice) == 100


def test_unpublishing_one_language_retires_nothing():
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    spanish = make.translated(first)
    spanish.unpublish()
    assert Item.objects.get(key=first.key).retired_at is None
    make.lessons_of(page)[0].unpublish()
    assert Item.objects.get(key=first.key).retired_at is not None


def test_unpublishing_a_module_retires_its_lessons_until_it_is_back():
    page = make.course(lessons=2)
    module = ModulePage.objects.child_of(page).get()
    module.unpublish()
    assert items(page).filter(retired_at__isnull=True).count() == 0
    ModulePage.objects.get(pk=module.pk).save_revision().publish()
    assert items(page).filter(retired_at__isnull=True).count() == 2


def test_deleting_from_a_shell_keeps_the_records(alice):
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    row = Course.objects.get(key=page.translation_key)
    enrolment.enrol(alice, row)
    progress.complete_lesson(alice, first)
    Page.objects.get(pk=page.pk).delete()
    assert ItemProgress.objects.get(user=alice).state == "done"
    assert Item.objects.get(key=first.key).retired_at is not None
    row.refresh_from_db()
    assert row.state == "retired"


def test_the_admin_refuses_to_delete_a_page_with_records(alice, owner, client_of):
    page = make.course(lessons=1)
    progress.complete_lesson(alice, make.lessons_of(page)[0])
    answer = client_of(owner).post(f"/admin/pages/{page.pk}/delete/")
    assert answer.status_code == 302
    assert answer.url == f"/admin/courses/kept/?id={page.pk}"
    assert Page.objects.filter(pk=page.pk).exists()


def test_the_admin_deletes_a_page_without_records(owner, client_of):
    page = make.course(lessons=1)
    answer = client_of(owner).post(f"/admin/pages/{page.pk}/delete/")
    assert answer.status_code == 302
    assert not Page.objects.filter(pk=page.pk).exists()


def test_bulk_delete_refuses_a_selection_with_records(alice, owner, client_of):
    page = make.course(lessons=2)
    kept, free = make.lessons_of(page)
    progress.open_lesson(alice, kept)
    url = f"/admin/bulk/wagtailcore/page/delete/?id={kept.pk}&id={free.pk}"
    answer = client_of(owner).post(url)
    assert answer.status_code == 302
    assert Page.objects.filter(pk__in=[kept.pk, free.pk]).count() == 2


def test_codes_stay_unique():
    first = make.course(slug="risk")
    copy = first.copy(recursive=False, update_attrs={"slug": "risk-2"})
    copy.specific.save_revision().publish()
    codes = set(Course.objects.values_list("code", flat=True))
    assert codes == {"risk", "risk-2"}


def test_an_unpublished_home_page_retires_what_lies_below_until_it_is_back():
    page = make.course()
    row, home = make.row_of(page), make.home()
    home.unpublish()
    assert not row.items.filter(retired_at=None).exists()
    home.save_revision().publish()
    assert row.items.filter(retired_at=None).count() == 2


def test_a_draft_in_a_language_that_comes_first_renumbers_nothing():
    """Only an alias shows the lesson: its row stays where the older original is."""
    make.home("es")  # its pages lie before the English ones
    course = make.course(modules=2)
    first, second = ModulePage.objects.child_of(course).order_by("path")
    lesson = LessonPage.objects.child_of(second).last()
    lesson.create_alias(parent=first, update_slug="shown-here")
    second.unpublish()
    before = Item.objects.get(key=lesson.key).position
    assert before == 2002
    spanish = Locale.objects.get(language_code="es")
    draft = lesson.copy_for_translation(spanish, copy_parents=True)
    assert draft.path < lesson.path
    registry.sync({lesson.key})
    assert Item.objects.get(key=lesson.key).position == before
