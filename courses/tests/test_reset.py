"""A reset starts anew and loses nothing; restoring brings everything back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from audit.models import AuditEvent
from courses import enrolment, progress, quiz, reset, reset_merge
from courses.models import (
    CourseCompletion,
    Enrolment,
    Item,
    ItemProgress,
    ProgressReset,
    QuizAttempt,
    VideoProgress,
)
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return make.with_quiz()


@pytest.fixture
def row(page):
    return make.row_of(page)


@pytest.fixture
def admin(owner, client_of):
    return client_of(owner)


def learn(person, page, row):
    """Everything a student can leave behind in a course."""
    enrolment.enrol(person, row)
    first, second, last = make.lessons_of(page)
    for answers in (make.WRONG, make.RIGHT):
        quiz.submit(person, last, "quiz-r", answers)
    VideoProgress.objects.create(
        user=person,
        item=Item.objects.get(key=first.key),
        block_id="v",
        position=40,
        duration=100,
        intervals=[[0, 40]],
    )
    for lesson in (first, second, last):
        progress.complete_lesson(person, lesson)


def everything(person):
    models = (ItemProgress, VideoProgress, QuizAttempt, CourseCompletion)
    return {
        model.__name__: list(model.objects.filter(user=person).order_by("pk").values())
        for model in models
    }


def test_a_reset_starts_anew_and_keeps_place_and_finished_course(alice, page, row):
    learn(alice, page, row)
    reset.reset(row, [alice.pk], reason="once more", actor="olga@example.com")
    left = everything(alice)
    assert not left["ItemProgress"]
    assert not left["VideoProgress"]
    assert not left["QuizAttempt"]
    assert left["CourseCompletion"]
    assert Enrolment.objects.active().filter(user=alice).exists()
    lesson = make.lessons_of(page)[2]
    quiz.submit(alice, lesson, "quiz-r", make.RIGHT)
    assert QuizAttempt.objects.get(user=alice).n == 1


def test_restoring_brings_back_every_row_exactly(alice, page, row):
    learn(alice, page, row)
    before = everything(alice)
    (kept,) = reset.reset(row, [alice.pk], reason="x", actor="o", completion=True)
    assert not any(everything(alice).values())
    assert reset.restore(kept.pk, actor="o")
    assert everything(alice) == before
    assert not reset.restore(kept.pk, actor="o")
    actions = AuditEvent.objects.filter(target=f"user:{alice.pk}")
    assert {"progress.reset", "progress.restore"} <= set(
        actions.values_list("action", flat=True)
    )
    event = AuditEvent.objects.get(action="progress.reset")
    assert event.data["rows"]["QuizAttempt"] == 2


def test_restoring_keeps_what_was_done_since(alice, page, row):
    learn(alice, page, row)
    (kept,) = reset.reset(row, [alice.pk], reason="x", actor="o", completion=True)
    first, _second, last = make.lessons_of(page)
    quiz.submit(alice, last, "quiz-r", make.WRONG)
    later = now() + timedelta(hours=1)
    progress.open_lesson(alice, first, later)
    VideoProgress.objects.create(
        user=alice,
        item=Item.objects.get(key=first.key),
        block_id="v",
        position=70,
        duration=100,
        intervals=[[30, 70]],
    )
    reset.restore(kept.pk, actor="o")
    attempts = QuizAttempt.objects.filter(user=alice).order_by("n")
    assert list(attempts.values_list("n", "passed")) == [
        (1, False),
        (2, True),
        (3, False),
    ]
    opened = ItemProgress.objects.get(user=alice, item=first.key)
    assert opened.state == "done"
    assert opened.last_opened == later
    video = VideoProgress.objects.get(user=alice)
    assert video.intervals == [[0, 70]]
    assert video.position == 70
    assert CourseCompletion.objects.filter(user=alice).count() == 1


def test_one_lesson_alone_is_reset(alice, bob, page, row):
    for person in (alice, bob):
        learn(person, page, row)
    lesson = Item.objects.get(key=make.lessons_of(page)[2].key)
    reset.reset(row, [alice.pk], item=lesson, reason="x", actor="o")
    assert ItemProgress.objects.filter(user=alice).count() == 2
    assert QuizAttempt.objects.filter(user=alice).count() == 0
    assert VideoProgress.objects.filter(user=alice).count() == 1
    assert QuizAttempt.objects.filter(user=bob).count() == 2


def test_another_course_is_left_alone(alice, page, row):
    learn(alice, page, row)
    other = make.course(slug="other", title="Other")
    progress.open_lesson(alice, make.lessons_of(other)[0])
    reset.reset(row, [alice.pk], reason="x", actor="o")
    assert ItemProgress.objects.filter(user=alice).count() == 1


def test_who_did_nothing_gets_no_history_row(alice, row):
    enrolment.enrol(alice, row)
    assert reset.reset(row, [alice.pk], reason="x", actor="o") == []
    assert not ProgressReset.objects.exists()


def test_many_students_cost_as_many_statements_as_one(make_user, page, row):
    people = [make_user(f"Student{n}") for n in range(8)]
    for person in people:
        enrolment.enrol(person, row)
        progress.complete_lesson(person, make.lessons_of(page)[0])
    with CaptureQueriesContext(connection) as one:
        reset.reset(row, [people[0].pk], reason="x", actor="o")
    with CaptureQueriesContext(connection) as seven:
        kept = reset.reset(row, [u.pk for u in people[1:]], reason="x", actor="o")
    assert len(kept) == 7
    assert len(seven) == len(one)


def test_played_parts_are_joined():
    assert reset_merge.union([[4, 9], [0, 5], [20, 30]]) == [[0, 9], [20, 30]]
    assert reset_merge.union([]) == []


def test_the_pages_ask_reset_and_restore(admin, alice, page, row):
    learn(alice, page, row)
    place = Enrolment.objects.get(user=alice)
    url = reverse("progress_resets:new", args=[place.pk])
    assert b"Lesson 1.1" in admin.get(url).content
    lesson = make.lessons_of(page)[0].key
    wrong = {"reason": "x", "lesson": lesson, "completion": "on"}
    assert admin.post(url, wrong).status_code == 200
    assert not ProgressReset.objects.exists()
    student = reverse("course_reports:student", args=[alice.pk])
    assert admin.post(url, {"reason": "again"}).url == student
    kept = ProgressReset.objects.get()
    assert b"again" in admin.get(student).content
    assert admin.get(reverse("progress_resets:index")).status_code == 200
    restore = reverse("progress_resets:restore", args=[kept.pk])
    assert admin.get(restore).status_code == 405
    admin.post(restore)
    assert QuizAttempt.objects.filter(user=alice).count() == 2


def test_many_are_reset_and_restored_together(admin, alice, bob, page, row):
    for person in (alice, bob):
        learn(person, page, row)
    ids = "&".join(f"id={pk}" for pk in Enrolment.objects.values_list("pk", flat=True))
    url = reverse("wagtail_bulk_action", args=["courses", "enrolment", "reset"])
    admin.post(f"{url}?{ids}&next=/admin/", {"reason": "new edition"})
    assert not ItemProgress.objects.exists()
    kept = ProgressReset.objects.filter(user=bob).get()
    restore = reverse("progress_resets:restore", args=[kept.pk])
    admin.post(restore, {"batch": "1"})
    assert ItemProgress.objects.count() == 6
    assert CourseCompletion.objects.count() == 2


def test_only_owners_reset(editor, alice, client_of, page, row):
    learn(alice, page, row)
    place = Enrolment.objects.get(user=alice)
    client = client_of(editor)
    client.post(reverse("progress_resets:new", args=[place.pk]), {"reason": "x"})
    assert ItemProgress.objects.filter(user=alice).count() == 3
    assert client.get(reverse("progress_resets:index")).status_code in (302, 403)
