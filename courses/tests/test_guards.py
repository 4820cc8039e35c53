"""No editor's click harms a record: what the administration refuses and offers instead."""

import pytest
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page

from audit.models import AuditEvent
from courses import enrolment, facts, progress
from courses.access import decide
from courses.models import (
    Course,
    CourseInstructor,
    CoursePage,
    Instructor,
    Item,
    ItemProgress,
    LessonPage,
    ModulePage,
    Topic,
)
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


def learned(user, **fields):
    """A course with one finished lesson, and that lesson."""
    page = make.course(lessons=2, **fields)
    first = make.lessons_of(page)[0]
    enrolment.enrol(user, Course.objects.get(key=page.translation_key))
    progress.complete_lesson(user, first)
    return page, first


def kept(user):
    return ItemProgress.objects.get(user=user).state == "done"


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_deleting_is_answered_with_the_records_and_a_way_out(admin, alice, level):
    page, first = learned(alice)
    target = [first, first.get_parent(), page, page.get_parent()][level]
    answer = admin.post(f"/admin/pages/{target.pk}/delete/", follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(f"/admin/courses/kept/?id={target.pk}", 302)]
    assert "Unpublish and retire" in text
    assert "1 lesson progress" in text
    assert Page.objects.filter(pk=first.pk).exists()


def test_the_button_retires_and_publishing_brings_it_back(admin, owner, alice):
    page, first = learned(alice)
    answer = admin.post(f"/admin/courses/kept/?id={first.pk}", follow=True)
    assert "1 page is retired" in answer.content.decode()
    item = Item.objects.get(key=first.key)
    assert item.retired_at is not None
    assert kept(alice)
    event = AuditEvent.objects.get(action="page.retire")
    assert event.target == f"page:{first.pk}"
    LessonPage.objects.get(pk=first.pk).save_revision().publish()
    item.refresh_from_db()
    assert item.retired_at is None
    assert progress.percent(page, alice) == 50


def test_a_retired_course_keeps_its_students(admin, alice):
    page, _first = learned(alice)
    admin.post(f"/admin/courses/kept/?id={page.pk}")
    row = Course.objects.get(key=page.translation_key)
    assert row.state == "retired"
    assert row.enrolments.count() == 1
    with pytest.raises(enrolment.EnrolmentClosedError):
        enrolment.enrol(ItemProgress.objects.get().user.__class__(pk=0), row)
    CoursePage.objects.get(pk=page.pk).save_revision().publish()
    row.refresh_from_db()
    assert row.state == "open"


def test_only_publishers_retire_and_strangers_see_nothing(
    alice, editor, client_of, admin
):
    page, _first = learned(alice)
    address = f"/admin/courses/kept/?id={page.pk}"
    shown = client_of(editor).get(address).content.decode()
    assert "Unpublish and retire" not in shown
    assert client_of(editor).post(address).status_code in (302, 403)
    assert client_of(alice).get(address).status_code == 302
    assert CoursePage.objects.get(pk=page.pk).live
    for odd in ("", "?id=0", "?id=x", "?id=999999"):
        answer = admin.get(f"/admin/courses/kept/{odd}", follow=True)
        assert answer.status_code == 404


def test_a_selection_with_records_is_offered_together(admin, alice):
    page, first = learned(alice)
    second = make.lessons_of(page)[1]
    progress.open_lesson(alice, second)
    url = f"/admin/bulk/wagtailcore/page/delete/?id={first.pk}&id={second.pk}"
    answer = admin.post(url)
    assert answer.url == f"/admin/courses/kept/?id={first.pk}&id={second.pk}"
    admin.post(answer.url)
    assert not LessonPage.objects.live().exists()
    assert ItemProgress.objects.count() == 2


@pytest.mark.parametrize("way", ["single", "bulk"])
@pytest.mark.parametrize("level", ["lesson", "module"])
def test_records_do_not_move_to_another_course(admin, alice, way, level):
    page, first = learned(alice)
    other = make.course(slug="other", title="Other", modules=1, lessons=0)
    module = ModulePage.objects.child_of(other).get()
    moving, target = {
        "lesson": (first, module),
        "module": (first.get_parent(), other),
    }[level]
    if level == "module":
        Page.objects.filter(pk=moving.pk).update(slug="moving")
    if way == "single":
        url = f"/admin/pages/{moving.pk}/move/{target.pk}/confirm/"
        answer = admin.post(url, follow=True)
    else:
        url = f"/admin/bulk/wagtailcore/page/move/?id={moving.pk}"
        answer = admin.post(url, {"chooser": target.pk}, follow=True)
    assert "they belong to its course" in answer.content.decode()
    assert Page.objects.get(pk=moving.pk).is_child_of(moving.get_parent())
    assert Item.objects.get(key=first.key).course_id == page.translation_key


def test_within_its_course_a_lesson_moves_freely(admin, alice):
    page = make.course(modules=2, lessons=1)
    first, last = make.lessons_of(page)
    progress.complete_lesson(alice, first)
    target = last.get_parent()
    Page.objects.filter(pk=first.pk).update(slug="moved")
    admin.post(f"/admin/pages/{first.pk}/move/{target.pk}/confirm/")
    item = Item.objects.get(key=first.key)
    assert item.module_key == target.translation_key
    assert (item.position, item.retired_at) == (2002, None)
    assert progress.percent(page, alice) == 50


def test_a_move_past_the_guards_starts_anew_and_coming_back_restores(alice):
    page, first = learned(alice)
    other = make.course(slug="other", title="Other", lessons=0)
    there = ModulePage.objects.child_of(other).get()
    here = first.get_parent()
    old = first.key
    Page.objects.get(pk=first.pk).move(there, pos="last-child")
    moved = LessonPage.objects.get(pk=first.pk)
    assert moved.key != old
    assert Item.objects.get(key=moved.key).course_id == other.translation_key
    assert Item.objects.get(key=old).retired_at is not None
    assert progress.percent(other, alice) == 0
    assert kept(alice)
    moved.save_revision().publish()
    assert LessonPage.objects.get(pk=first.pk).key == moved.key
    moved.move(here, pos="first-child")
    assert LessonPage.objects.get(pk=first.pk).key == old
    assert Item.objects.get(key=old).retired_at is None
    assert progress.percent(page, alice) == 50
    assert progress.complete_course(alice, other) is None


def test_moving_one_language_away_leaves_the_other(alice):
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    make.translated(first)
    progress.complete_lesson(alice, first)
    other = make.course(slug="other", title="Other", lessons=0)
    there = ModulePage.objects.child_of(other).get()
    Page.objects.get(pk=first.pk).move(there, pos="last-child")
    item = Item.objects.get(key=first.key)
    assert (item.course_id, item.retired_at) == (page.translation_key, None)
    assert progress.percent(other, alice) == 0


def test_the_rest_of_a_course_is_numbered_anew_after_any_change():
    page = make.course(modules=2, lessons=2)

    def positions():
        rows = Item.objects.filter(course=page.translation_key, retired_at=None)
        return list(rows.order_by("position").values_list("title", "position"))

    second = ModulePage.objects.get(title="Module 2")
    second.move(page, pos="first-child")
    assert positions()[0] == ("Lesson 2.1", 1001)
    assert positions()[2] == ("Lesson 1.1", 2001)
    LessonPage.objects.get(title="Lesson 1.1").delete()
    assert positions()[2] == ("Lesson 1.2", 2001)


def test_an_alias_with_records_stays_an_alias(admin, alice):
    page, first = learned(alice)
    other = make.course(slug="other", title="Other", lessons=0)
    target = ModulePage.objects.child_of(other).get()
    alias = first.create_alias(parent=target, update_slug="shared")
    assert progress.percent(other, alice) == 100  # one lesson, shared on purpose
    answer = admin.post(f"/admin/pages/{alias.pk}/convert_alias/", follow=True)
    assert "would start" in answer.content.decode()
    assert LessonPage.objects.get(pk=alias.pk).alias_of_id == first.pk


def test_an_alias_leaves_the_row_in_the_course_of_the_original(alice):
    page, first = learned(alice)
    other = make.course(slug="other", title="Other", lessons=0)
    target = ModulePage.objects.child_of(other).get()
    first.create_alias(parent=target, update_slug="shared")
    ModulePage.objects.get(pk=first.get_parent().pk).unpublish()
    item = Item.objects.get(key=first.key)
    assert (item.course_id, item.retired_at) == (page.translation_key, None)


def test_an_alias_of_an_alias_shows_the_same_lesson():
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    other = make.course(slug="other", title="Other", lessons=0)
    target = ModulePage.objects.child_of(other).get()
    one = first.create_alias(parent=target, update_slug="one")
    two = LessonPage.objects.get(pk=one.pk).create_alias(update_slug="two")
    assert LessonPage.objects.get(pk=two.pk).key == first.key


def test_deleting_a_course_that_holds_original_and_alias_answers(admin):
    page = make.course(lessons=1)
    first = make.lessons_of(page)[0]
    first.create_alias(update_slug="again")
    confirmed = {"confirm_site_name": "AMI"}
    answer = admin.post(f"/admin/pages/{page.pk}/delete/", confirmed)
    assert answer.status_code == 302
    assert not CoursePage.objects.exists()
    assert Item.objects.get(key=first.key).retired_at is not None


@pytest.mark.parametrize("level", ["module", "course"])
def test_unpublishing_in_bulk_loses_nothing_and_hides_all(admin, alice, level):
    page, first = learned(alice)
    target = {"module": first.get_parent(), "course": page}[level]
    admin.post(f"/admin/bulk/wagtailcore/page/unpublish/?id={target.pk}")
    assert not Page.objects.get(pk=target.pk).live
    lesson = LessonPage.objects.get(pk=first.pk)
    assert decide(alice, lesson).reason == "unpublished"
    assert kept(alice)
    assert Item.objects.get(key=first.key).retired_at is not None
    assert admin.get(lesson.url).status_code in (200, 404)  # staff may look


def test_an_unpublished_module_hides_its_lessons_everywhere(alice, client_of):
    page, first = learned(alice)
    ModulePage.objects.get(pk=first.get_parent().pk).unpublish()
    client = client_of(alice)
    assert client.get(first.url).status_code == 404
    assert first.title not in client.get(page.url).content.decode()
    assert first.url not in client.get("/sitemap.xml").content.decode()
    found = client.get("/en/search/", {"query": first.title}).content.decode()
    assert first.url not in found
    assert client.get(f"/api/v3/pages/{first.pk}/").status_code == 404


@pytest.mark.parametrize("model", [Instructor, Topic])
def test_deleting_a_snippet_in_use_answers(admin, model):
    page = make.course(lessons=1)
    row = model.objects.create(name="Ana", locale=page.locale)
    if model is Topic:
        CoursePage.objects.update(topic=row)
    else:
        CourseInstructor.objects.create(page=page, instructor=row)
    name = f"wagtailsnippets_courses_{model._meta.model_name}"
    answer = admin.post(reverse(f"{name}:delete", args=[row.pk]))
    assert answer.status_code == 302
    assert admin.get(page.url).status_code == 200
    assert admin.get(f"/admin/pages/{page.pk}/edit/").status_code == 200


def test_deleting_files_a_lesson_uses_answers(admin, alice):
    page = make.course(lessons=0)
    module = ModulePage.objects.child_of(page).get()
    document = get_document_model().objects.create(title="Sheet", file="a.pdf")
    image = get_image_model().objects.create(title="Chart", file=get_test_image_file())
    file_of = {"title": "Sheet", "file": document.pk, "text": ""}
    figure = {"image": image.pk, "caption": "Chart", "alternative": "A chart"}
    one = make.lesson(
        module,
        body=[
            {"type": "download", "value": file_of},
            {"type": "image", "value": figure},
            {"type": "video", "value": {"title": "Film", "file": document.pk}},
        ],
    )
    for url in (
        reverse("wagtaildocs:delete", args=[document.pk]),
        reverse("wagtailimages:delete", args=[image.pk]),
    ):
        assert admin.post(url).status_code == 302
    enrolment.enrol(alice, Course.objects.get())
    assert admin.get(one.url).status_code == 200
    assert admin.get(f"/admin/pages/{one.pk}/edit/").status_code == 200
    assert facts.gather(alice, page).enrolled_at is not None
    one = LessonPage.objects.get(pk=one.pk)
    one.save_revision().publish()
