"""What is kept of a course is never older than the database: each change shows at once."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.utils.timezone import now
from wagtail.models import Site

from courses import enrolment, grants, ready, standing, structure
from courses.models import (
    AccessGrant,
    Course,
    CoursePage,
    Enrolment,
    LessonPage,
    ModulePage,
)
from courses.tests import make
from courses.tests.make import text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(lessons=2, modules=2)


@pytest.fixture
def reader(alice, client_of, course):
    """Alice's browser, after she opened every lesson of the course once."""
    enrolment.enrol(alice, Course.objects.get(key=course.translation_key))
    browser = client_of(alice)
    for lesson in make.lessons_of(course):
        assert make.SECRET in text(browser.get(lesson.url))
    return browser


def test_a_new_title_shows_on_the_lesson_and_on_its_neighbours(reader, course):
    first, second, *_rest = make.lessons_of(course)
    second.title = "Retitled"
    second.save_revision().publish()
    assert "Retitled" in text(reader.get(second.url))
    assert "Retitled" in text(reader.get(first.url))


def test_a_new_text_shows(reader, course):
    lesson = make.lessons_of(course)[0]
    lesson.body = [{"type": "text", "value": "<p>Rewritten</p>"}]
    lesson.save_revision().publish()
    page = text(reader.get(lesson.url))
    assert "Rewritten" in page
    assert make.SECRET not in page


def test_a_moved_course_is_read_at_its_new_place(alice, reader, course):
    lesson = make.lessons_of(course)[0]
    ready.readable(alice, lesson.pk)
    course.move(make.home("es"), pos="last-child")
    page, decision = ready.readable(alice, lesson.pk)
    assert page.path == LessonPage.objects.get(pk=lesson.pk).path
    assert decision.allowed
    assert reader.get(url("discussion", lesson.pk)).status_code == 200


def test_a_draft_does_not_show(reader, course):
    lesson = make.lessons_of(course)[0]
    lesson.title, lesson.body = "Draft", [{"type": "text", "value": "<p>Draft</p>"}]
    lesson.save_revision()
    assert "Draft" not in text(reader.get(lesson.url))


@pytest.mark.parametrize("level", ["lesson", "module", "course", "catalogue"])
def test_unpublishing_any_page_above_closes_the_lesson(reader, course, level):
    lesson = make.lessons_of(course)[0]
    page = {
        "lesson": lesson,
        "module": lesson.get_parent(),
        "course": course,
        "catalogue": make.catalogue(),
    }[level]
    type(page.specific).objects.get(pk=page.pk).unpublish()
    assert reader.get(lesson.url).status_code == 404
    other = make.lessons_of(course)[3]
    closed = level in {"course", "catalogue"}
    assert reader.get(other.url).status_code == (404 if closed else 200)


def test_a_scheduled_lesson_opens_and_closes_by_itself(reader, course):
    module = ModulePage.objects.child_of(course).first()
    lesson = make.lesson(module, title="Later")
    lesson.unpublish()
    lesson = LessonPage.objects.get(pk=lesson.pk)
    lesson.go_live_at = now() + timedelta(seconds=1)
    lesson.save_revision().publish()
    assert reader.get(lesson.url).status_code == 404
    time.sleep(1.1)
    call_command("publish_scheduled")
    assert reader.get(lesson.url).status_code == 200
    LessonPage.objects.filter(pk=lesson.pk).update(
        expire_at=now() - timedelta(minutes=1)
    )
    call_command("publish_scheduled")
    assert reader.get(lesson.url).status_code == 404


def test_a_moved_lesson_answers_at_its_new_place_only(reader, course):
    first = make.lessons_of(course)[0]
    old = first.url
    target = ModulePage.objects.child_of(course).order_by("path")[1]
    LessonPage.objects.filter(pk=first.pk).update(slug="moved")
    first = LessonPage.objects.get(pk=first.pk)
    first.move(target, pos="last-child")
    first = LessonPage.objects.get(pk=first.pk)
    assert first.url != old
    assert make.SECRET in text(reader.get(first.url))
    assert reader.get(old).status_code != 200


def test_a_course_that_moved_or_changed_its_address_answers_there(reader, course):
    lesson = make.lessons_of(course)[0]
    old = lesson.url
    page = CoursePage.objects.get(pk=course.pk)
    page.slug = "risk-again"
    page.save_revision().publish()
    lesson = LessonPage.objects.get(pk=lesson.pk)
    assert "risk-again" in lesson.url
    assert reader.get(lesson.url).status_code == 200
    assert reader.get(old).status_code != 200


def test_a_deleted_lesson_leaves_the_outline(reader, course):
    first, second, *_rest = make.lessons_of(course)
    LessonPage.objects.get(pk=second.pk).delete()
    assert reader.get(second.url).status_code == 404
    assert second.title not in text(reader.get(first.url))


def test_a_reordered_outline_shows_the_new_order(reader, course):
    first, second, *_rest = make.lessons_of(course)
    first.move(second, pos="right")
    page = text(reader.get(LessonPage.objects.get(pk=first.pk).url))
    page = page[page.index('id="player-outline"') :]
    assert page.index(f'href="{second.url}"') < page.index(f'href="{first.url}"')


def test_a_course_that_turns_paid_locks_at_once(reader, course):
    lesson = make.lessons_of(course)[0]
    CoursePage.objects.filter(pk=course.pk).update(access="subscribers")
    page = text(reader.get(lesson.url))
    assert "This lesson is locked" in page
    assert make.SECRET not in page


def test_another_tier_locks_at_once(alice, reader, course):
    lesson = make.lessons_of(course)[0]
    CoursePage.objects.filter(pk=course.pk).update(access="subscribers", tier="gold")
    grants.grant(alice, scope="tier", scope_ref="gold", source_kind="gift")
    assert make.SECRET in text(reader.get(lesson.url))
    CoursePage.objects.filter(pk=course.pk).update(tier="platinum")
    assert make.SECRET not in text(reader.get(lesson.url))


def test_a_revoked_grant_is_denied_on_the_next_request(alice, reader, course):
    lesson = make.lessons_of(course)[0]
    CoursePage.objects.filter(pk=course.pk).update(access="subscribers")
    grants.grant(alice, scope="all", source_kind="gift", source_ref="x")
    assert make.SECRET in text(reader.get(lesson.url))
    grants.revoke(alice, source_kind="gift", source_ref="x")
    assert make.SECRET not in text(reader.get(lesson.url))


def test_an_ended_enrolment_is_denied_on_the_next_request(alice, reader, course):
    lesson = make.lessons_of(course)[0]
    row = Course.objects.get(key=course.translation_key)
    enrolment.withdraw(alice, row, reason="left")
    assert make.SECRET not in text(reader.get(lesson.url))


def test_two_languages_share_the_progress_but_not_the_texts(reader, course):
    lesson = make.lessons_of(course)[0]
    other = LessonPage.objects.get(pk=make.translated(lesson).pk)
    Site.clear_site_root_paths_cache()  # make.home joins the languages behind its back
    other.body = [{"type": "text", "value": "<p>La lámpara es verde</p>"}]
    other.save_revision().publish()
    spanish = text(reader.get(other.url))
    assert "La lámpara es verde" in spanish
    assert make.SECRET not in spanish
    assert make.SECRET in text(reader.get(lesson.url))
    reader.post(f"/en/learn/lessons/{lesson.pk}/done/")
    assert "Deshacer" in text(reader.get(other.url))


def test_the_statement_and_the_queryset_agree_on_valid_grants(alice, course):
    moment = now()
    step = timedelta(seconds=1)
    edges = [None, moment - step, moment, moment + step]
    for number, (until, revoked) in enumerate(
        (until, revoked) for until in edges for revoked in edges
    ):
        for place, start in enumerate(edges[1:]):
            if until and until < start:
                continue
            AccessGrant.objects.create(
                user=alice,
                scope="all",
                source_kind="gift",
                source_ref=f"{number}-{place}",
                valid_from=start,
                valid_until=until,
                revoked_at=revoked,
            )
    found = standing.read(alice, course.path, moment)
    wanted = grants.valid_grants(alice, moment)
    assert {one.pk for one in found.grants} == {one.pk for one in wanted}
    assert found.grants[0].valid_from <= moment


def test_the_statement_reads_what_the_models_hold(alice, course):
    Enrolment.objects.create(
        user=alice,
        course=Course.objects.get(key=course.translation_key),
        source="self",
        started_at=now() - timedelta(days=3),
    )
    found = standing.read(alice, course.path)
    assert found.enrolled_at == Enrolment.objects.get().started_at
    assert found.rows == {}
    assert not found.roles


def test_a_structure_is_read_again_only_when_a_row_changed(
    alice, course, django_assert_num_queries
):
    standing.read(alice, course.path)
    with django_assert_num_queries(1):
        standing.read(alice, course.path)
    with django_assert_num_queries(1):
        standing.of_visitor(course.path)
    before = structure.of(course.path).fingerprint
    LessonPage.objects.filter(path__startswith=course.path).update(minutes=9)
    assert structure.current_fingerprint(course.path) != before
    assert standing.read(alice, course.path).structure.lessons[0].minutes == 9


def test_a_visitor_sees_the_change_too(client, course):
    lesson = make.lessons_of(course)[0]
    assert standing.of_visitor(course.path).structure.live
    LessonPage.objects.filter(pk=lesson.pk).update(title="Other")
    assert standing.of_visitor(course.path).structure.lessons[0].title == "Other"
    assert AnonymousUser().is_anonymous
