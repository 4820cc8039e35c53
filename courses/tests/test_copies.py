"""Copies share nothing, translations share everything: through the admin's own pages."""

from decimal import Decimal

import pytest
from django.urls import reverse
from wagtail.models import Locale

from courses import enrolment, progress, quiz, quiz_versions
from courses.models import (
    Course,
    CoursePage,
    Item,
    LessonPage,
    ModulePage,
    QuizAttempt,
    QuizVersion,
)
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


@pytest.fixture
def page():
    """A course with one quiz."""
    found = make.course(lessons=0)
    module = ModulePage.objects.child_of(found).get()
    make.lesson(module, title="Quiz", body=[make.quiz()], completion="quiz")
    return found


def copy_in_admin(admin, page, **fields):
    data = {
        "new_title": "Copy",
        "new_slug": "copy",
        "new_parent_page": page.get_parent().pk,
        "publish_copies": "on",
        **fields,
    }
    answer = admin.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), data)
    assert answer.status_code == 302
    return type(page).objects.get(slug="copy", title="Copy")


def test_a_course_copied_with_its_lessons_starts_at_nothing(admin, page, alice):
    one = make.lessons_of(page)[0]
    quiz.submit(alice, one, "quiz-r", make.RIGHT)
    copy = copy_in_admin(admin, page, copy_subpages="on")
    other = make.lessons_of(copy)[0]
    assert other.key != one.key
    assert (
        other.body[0].id == one.body[0].id
    )  # which is why records pair it with an item
    assert (progress.percent(page, alice), progress.percent(copy, alice)) == (100, 0)
    assert quiz.views_of(alice, other)["quiz-r"].attempt is None
    quiz.submit(alice, other, "quiz-r", make.WRONG)
    assert QuizAttempt.objects.get(item=one.key).passed
    assert not QuizAttempt.objects.get(item=other.key).passed
    assert progress.percent(page, alice) == 100


def test_a_course_copied_alone_has_no_lessons_and_a_row_of_its_own(admin, page):
    copy = copy_in_admin(admin, page)
    assert not make.lessons_of(copy)
    assert Course.objects.count() == 2
    assert Item.objects.count() == 1


def test_an_edited_copy_leaves_the_quiz_of_the_original(admin, page, alice):
    copy = copy_in_admin(admin, page, copy_subpages="on")
    other = make.lessons_of(copy)[0]
    other.body = [make.quiz(pass_mark=100)]
    other.save_revision().publish()
    one = make.lessons_of(page)[0]
    assert dict(quiz_versions.blocks_of(one))["quiz-r"]["pass_mark"] == 60
    assert QuizVersion.objects.filter(item=one.key).count() == 1
    assert QuizVersion.objects.filter(item=other.key).count() == 2


def test_an_alias_by_the_copy_form_shares_on_purpose(admin, page, alice):
    one = make.lessons_of(page)[0]
    other = make.course(slug="other", title="Other", lessons=0)
    target = ModulePage.objects.child_of(other).get()
    data = {
        "new_title": "Quiz",
        "new_slug": "shared",
        "new_parent_page": target.pk,
        "publish_copies": "on",
        "alias": "on",
    }
    admin.post(reverse("wagtailadmin_pages:copy", args=[one.pk]), data)
    alias = LessonPage.objects.get(slug="shared")
    assert (alias.alias_of_id, alias.key) == (one.pk, one.key)
    quiz.submit(alice, alias, "quiz-r", make.RIGHT)
    assert progress.percent(page, alice) == 100


def translate_in_admin(admin, page):
    spanish, _created = Locale.objects.get_or_create(language_code="es")
    make.home("es")
    if not make.catalogue().has_translation(spanish):
        make.translated(make.catalogue())
    url = reverse("simple_translation:submit_page_translation", args=[page.pk])
    answer = admin.post(url, {"locales": [spanish.pk], "include_subtree": "on"})
    assert answer.status_code == 302
    return CoursePage.objects.get(translation_key=page.translation_key, locale=spanish)


def test_a_translated_course_is_one_course_with_one_progress(admin, page, alice):
    one = make.lessons_of(page)[0]
    enrolment.enrol(alice, Course.objects.get())
    spanish = translate_in_admin(admin, page)
    for each in spanish.get_descendants(inclusive=True).specific():
        each.save_revision().publish()
    translated = make.lessons_of(spanish)[0]
    assert Item.objects.get().key == translated.key == one.key
    assert Course.objects.count() == 1
    quiz.submit(alice, translated, "quiz-r", make.RIGHT)
    assert progress.percent(page, alice) == progress.percent(spanish, alice) == 100


def test_a_quiz_translated_in_words_grades_the_same(admin, page, alice, bob):
    one = make.lessons_of(page)[0]
    spanish = translate_in_admin(admin, page)
    for each in spanish.get_descendants(inclusive=True).specific():
        each.save_revision().publish()
    translated = make.lessons_of(spanish)[0]
    value = make.quiz()
    value["value"]["title"] = "¿Qué es R?"
    value["value"]["questions"][0]["value"]["text"] = "¿Cuánto es 1R?"
    value["value"]["questions"][0]["value"]["options"][0]["value"]["text"] = "Dos"
    translated.body = [value]
    translated.save_revision().publish()
    translated = LessonPage.objects.get(pk=translated.pk)
    for answers, score in ((make.RIGHT, 100), (make.WRONG, 0)):
        english = quiz.submit(alice, one, "quiz-r", answers)
        other = quiz.submit(bob, translated, "quiz-r", answers)
        assert english.score == other.score == Decimal(score)
        assert english.results == other.results
        assert english.item == other.item
    # what was answered in one language shows in the words of the other
    shown = quiz.views_of(alice, translated)["quiz-r"]
    assert shown.title == "¿Qué es R?"
    assert shown.attempt.user == alice
