"""The discussion of a lesson: who may read and write, time to edit, reports, mails, limits."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils.timezone import now

from audit.models import AuditEvent
from courses import discussion, enrolment, privacy
from courses.models import Comment, CommentReport, Course, CoursePage
from courses.tests import make
from courses.tests.make import text, url
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def course(alice, bob):
    page = make.course(lessons=2)
    for person in (alice, bob):
        enrolment.enrol(person, Course.objects.get(key=page.translation_key))
    return page


@pytest.fixture
def lesson(course):
    return make.lessons_of(course)[0]


@pytest.fixture
def moderator(make_user):
    user = make_user("Marta", language="en")
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


def mails():
    return list(
        Message.objects.filter(kind="course-mail", payload__template="course_reply")
    )


def test_a_question_and_its_answer(alice, bob, client_of, lesson):
    ask = url("discussion", lesson.pk)
    answer = client_of(alice).post(ask, {"text": "Why 2 %? See https://example.org/a"})
    question = Comment.objects.get()
    assert f"#comment-{question.pk}" in answer.url
    client_of(bob).post(
        url("discussion-reply", lesson.pk, question.pk), {"text": "Because of ruin."}
    )
    page = text(client_of(alice).get(ask))
    assert "Because of ruin." in page
    assert 'href="https://example.org/a" rel="nofollow"' in page
    assert 'lang="en"' in page
    assert Comment.objects.get(parent=question).user == bob


def test_words_are_never_markup(alice, client_of, lesson):
    client_of(alice).post(
        url("discussion", lesson.pk), {"text": "<script>alert(1)</script>"}
    )
    page = text(client_of(alice).get(url("discussion", lesson.pk)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_only_readers_of_the_lesson_take_part(client, make_user, client_of, lesson):
    stranger = client_of(make_user("Stranger"))
    address = url("discussion", lesson.pk)
    assert client.get(address).status_code == 403
    assert stranger.get(address).status_code == 403
    assert stranger.post(address, {"text": "hi"}).status_code == 403
    lesson.unpublish()
    assert stranger.get(address).status_code == 404


def test_visitors_read_the_discussion_of_a_sample_lesson(client, alice, lesson):
    lesson.preview = True
    lesson.save_revision().publish()
    discussion.write(alice, lesson, "Hello all")
    page = text(client.get(url("discussion", lesson.pk)))
    assert "Hello all" in page
    assert "Sign in to take part" in page
    answer = client.post(url("discussion", lesson.pk), {"text": "hi"})
    assert "/accounts/login/" in answer.url


def test_a_course_may_go_without(alice, client_of, course, lesson):
    browser = client_of(alice)
    assert 'id="lesson-discussion"' in text(browser.get(lesson.url))
    page = CoursePage.objects.get(pk=course.pk)
    page.discussion = False
    page.save_revision().publish()
    assert 'id="lesson-discussion"' not in text(browser.get(lesson.url))
    assert browser.get(url("discussion", lesson.pk)).status_code == 404


def test_one_discussion_in_all_languages(alice, bob, client_of, lesson):
    spanish = make.translated(lesson)
    discussion.write(bob, spanish, "¿Por qué?")
    page = text(client_of(alice).get(url("discussion", lesson.pk)))
    assert "¿Por qué?" in page
    assert "español" in page


def test_answers_of_the_team_are_marked(alice, editor, client_of, lesson):
    discussion.write(editor, lesson, "Well asked")
    assert "Team" in text(client_of(alice).get(url("discussion", lesson.pk)))


def test_a_message_is_edited_for_a_quarter_of_an_hour(alice, bob, client_of, lesson):
    comment = discussion.write(alice, lesson, "Frist")
    address = url("discussion-edit", lesson.pk, comment.pk)
    assert client_of(bob).post(address, {"text": "mine"}).status_code == 404
    assert client_of(alice).post(address, {"text": "First"}).status_code == 302
    comment.refresh_from_db()
    assert (comment.text, bool(comment.edited_at)) == ("First", True)
    Comment.objects.update(created_at=now() - timedelta(minutes=16))
    assert client_of(alice).post(address, {"text": "Late"}).status_code == 404


def test_deleting_keeps_the_thread(alice, bob, client_of, lesson):
    lonely = discussion.write(alice, lesson, "Nobody answered")
    asked = discussion.write(alice, lesson, "Answered")
    discussion.write(bob, lesson, "Here", parent=asked)
    for one in (lonely, asked):
        address = url("discussion-delete", lesson.pk, one.pk)
        assert client_of(bob).post(address).status_code == 404
        client_of(alice).post(address)
    page = text(client_of(bob).get(url("discussion", lesson.pk)))
    assert "Nobody answered" not in page
    assert "Answered" not in page
    assert "The author deleted this message." in page
    assert "Here" in page


def test_a_reported_message_is_hidden_with_a_reason_and_shown_again(
    alice, bob, moderator, client_of, lesson
):
    comment = discussion.write(bob, lesson, "Buy my signals")
    discussion.write(alice, lesson, "Fine")
    client_of(alice).post(
        url("discussion-report", lesson.pk, comment.pk), {"reason": "Advertising"}
    )
    admin = client_of(moderator)
    queue_page = text(admin.get("/admin/comments/?state=reported"))
    assert "Buy my signals" in queue_page
    assert "Fine" not in queue_page
    one = f"/admin/comments/{comment.pk}/"
    assert "Advertising" in text(admin.get(one))
    assert "This field is required" in text(admin.post(one, {"hide": "1"}))
    admin.post(one, {"hide": "1", "reason": "Against the rules"})
    assert CommentReport.objects.get().settled_at
    address = url("discussion", lesson.pk)
    assert "Buy my signals" not in text(client_of(alice).get(address))
    own = text(client_of(bob).get(address))
    assert "Buy my signals" in own
    assert "Against the rules" in own
    admin.post(one, {"restore": "1", "reason": "A mistake"})
    assert "Buy my signals" in text(client_of(alice).get(address))
    actions = AuditEvent.objects.filter(action__startswith="discussion.")
    assert [event.action for event in actions.order_by("pk")] == [
        "discussion.hide",
        "discussion.restore",
    ]


def test_moderation_is_for_moderators_and_owners(
    alice, editor, owner, client_of, lesson
):
    comment = discussion.write(alice, lesson, "Hello")
    for person, status in ((editor, 302), (owner, 200)):
        for address in ("/admin/comments/", f"/admin/comments/{comment.pk}/"):
            assert client_of(person).get(address).status_code == status


def test_nobody_floods_a_discussion(alice, client_of, lesson):
    for number in range(discussion.MOST):
        discussion.write(alice, lesson, str(number))
    for headers in ({}, PART):
        answer = client_of(alice).post(
            url("discussion", lesson.pk), {"text": "more"}, headers=headers
        )
        assert "You wrote a lot in a short time." in text(answer)
    assert Comment.objects.count() == discussion.MOST


def test_the_author_hears_of_an_answer_once_in_their_language(
    alice, bob, lesson, django_capture_on_commit_callbacks
):
    spanish = make.translated(lesson)
    question = discussion.write(bob, lesson, "¿Y si falla?")
    discussion.write(alice, lesson, "Then you get out", parent=question)
    queue.sweep()
    queue.sweep()
    [mail] = mails()
    assert mail.payload["user"] == bob.pk
    assert mail.language == "es"
    assert mail.payload["lesson"] == spanish.title
    assert f"/es/learn/lessons/{spanish.pk}/discussion/" in mail.payload["url"]


def test_people_choose_what_they_hear(alice, bob, make_user, client_of, lesson):
    follower, lapsed = make_user("Fran", language="en"), make_user("Lea")
    for person in (follower, lapsed):
        enrolment.enrol(person, Course.objects.get())
        discussion.choose(person, lesson, wanted=True)
    enrolment.withdraw(lapsed, Course.objects.get(), reason="left")
    question = discussion.write(bob, lesson, "Anybody?")
    client_of(bob).post(url("discussion-mails", lesson.pk), {"wanted": "no"})
    discussion.write(alice, lesson, "Yes", parent=question)
    queue.sweep()
    assert [mail.payload["user"] for mail in mails()] == [follower.pk] * 2


def test_erasing_an_account_takes_its_words(alice, lesson):
    discussion.write(alice, lesson, "My secret")
    privacy.forget(alice)
    assert not Comment.objects.filter(text__gt="").exists()


def test_parts_for_htmx_stay_parts(alice, bob, client_of, lesson):
    comment = discussion.write(bob, lesson, "Hello")
    browser = client_of(alice)
    for name, args in (
        ("discussion", [lesson.pk]),
        ("discussion-reply", [lesson.pk, comment.pk]),
        ("discussion-report", [lesson.pk, comment.pk]),
    ):
        answer = browser.get(url(name, *args), headers=PART)
        assert "<html" not in text(answer)
        assert "<html" in text(browser.get(url(name, *args)))
    empty = browser.post(
        url("discussion-reply", lesson.pk, comment.pk), {"text": ""}, headers=PART
    )
    assert empty["HX-Retarget"] == f"#comment-{comment.pk}-form"


def test_a_long_discussion_asks_no_more_and_finds_a_message(
    alice, bob, client_of, lesson, django_assert_max_num_queries
):
    browser = client_of(alice)
    counts = []
    for many in (2, 30):
        for number in range(many):
            top = Comment.objects.create(
                item_id=lesson.key, user=bob, text=f"T{number}", language="en"
            )
            Comment.objects.create(
                item_id=lesson.key, user=bob, text="R", parent=top, language="en"
            )
        browser.get(url("discussion", lesson.pk))
        with django_assert_max_num_queries(80) as asked:
            browser.get(url("discussion", lesson.pk))
        counts.append(
            len([one for one in asked.captured_queries if "courses_" in one["sql"]])
        )
    assert counts[0] == counts[1]
    first = Comment.objects.order_by("pk").first()
    page = text(browser.get(url("discussion", lesson.pk) + f"?at={first.pk}"))
    assert f'id="comment-{first.pk}"' in page
