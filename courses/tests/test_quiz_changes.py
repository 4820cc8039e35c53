"""The editor's doors: the question before publishing, the page of results, the reminders."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import GroupPagePermission
from wagtail.test.utils.form_data import nested_form_data, streamfield

from courses import quiz, quiz_versions, regrade
from courses.models import LessonPage, ModulePage, QuizAttempt, QuizChange
from courses.tests import make

pytestmark = pytest.mark.django_db
Choice = QuizChange.Choice


@pytest.fixture
def lesson(alice):
    """A lesson with a quiz that Alice has answered; q1 wrong."""
    module = ModulePage.objects.child_of(make.course(lessons=0)).get()
    page = make.lesson(
        module, title="Quiz", completion="quiz", body=[make.quiz(questions=rows("a"))]
    )
    quiz.submit(alice, page, "quiz-r", {"q1": ["b"], "q3": ["1.5"]})
    return page


def rows(right):
    options = [make.option(name, name, correct=name == right) for name in "ab"]
    return [
        make.question("q1", "single", options=options),
        make.question("q3", "numeric", answer="1.5"),
    ]


def draft(lesson, right="b"):
    lesson = LessonPage.objects.get(pk=lesson.pk)
    lesson.body = [make.quiz(questions=rows(right))]
    lesson.save_revision()
    return lesson


def address(name, lesson, *more):
    return reverse(name, args=[lesson.pk, *more])


def text(response):
    return " ".join(response.content.decode().split())


def listed(items):
    """Values of a list block as the editor's form posts them."""
    count = {"count": str(len(items))}
    fields = {
        str(place): {"id": identity, "value": value, "order": str(place), "deleted": ""}
        for place, (identity, value) in enumerate(items)
    }
    return {**count, **fields}


def editor_form(lesson, right):
    def option(name):
        correct = {"correct": "on"} if name == right else {}
        return {"text": name, "feedback": "", **correct}

    question = {
        "kind": "single",
        "text": "Question q1",
        "options": listed([(name, option(name)) for name in "ab"]),
        "accepted": listed([]),
        "answer": "",
        "tolerance": "",
        "feedback": "",
    }
    number = {**question, "kind": "numeric", "answer": "1.5", "options": listed([])}
    block = {
        "title": "What is R?",
        "pass_mark": "60",
        "attempts": "0",
        "minutes": "0",
        "explanation": "",
        "questions": listed([("q1", question), ("q3", number)]),
    }
    body = streamfield([("quiz", block)])
    body["0"]["id"] = "quiz-r"
    return nested_form_data(
        {
            "title": lesson.title,
            "slug": lesson.slug,
            "summary": "",
            "minutes": "5",
            "completion": "quiz",
            "watch_percent": "90",
            "required": "on",
            "seo_title": "",
            "search_description": "",
            "body": body,
            "comments": {
                "TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": "",
            },
            "action-publish": "action-publish",
        }
    )  # fmt: skip


def test_publishing_another_key_asks_first_and_keeps_the_draft(
    lesson, owner, client_of
):
    response = client_of(owner).post(
        address("wagtailadmin_pages:edit", lesson), editor_form(lesson, "b")
    )
    assert response["Location"] == address("quiz_publish", lesson)
    lesson.refresh_from_db()
    live = quiz_versions.contents_of(lesson)["quiz-r"]
    assert live["questions"][0]["options"][0]["correct"]
    saved = quiz_versions.contents_of(lesson.get_latest_revision_as_object())["quiz-r"]
    assert saved["questions"][0]["options"][1]["correct"]


def test_publishing_the_same_key_asks_nothing(lesson, owner, client_of):
    response = client_of(owner).post(
        address("wagtailadmin_pages:edit", lesson), editor_form(lesson, "a")
    )
    assert "quiz-results" not in response["Location"]
    assert not QuizChange.objects.exists()


def test_the_question_shows_the_effect_question_by_question(lesson, owner, client_of):
    draft(lesson)
    page = text(client_of(owner).get(address("quiz_publish", lesson)))
    assert "1 attempt was graded by the earlier key." in page
    assert "1 result would change (1 better, 0 worse): 1 would pass now" in page
    assert "1. Question q1" in page
    assert "Another right answer" in page
    assert "Question q3" not in page


@pytest.mark.parametrize(("choice", "score"), [("keep", 50), ("up", 100), ("all", 100)])
def test_answering_publishes_and_decides(lesson, owner, client_of, choice, score):
    draft(lesson)
    client_of(owner).post(address("quiz_publish", lesson), {"choice": choice})
    lesson.refresh_from_db()
    assert not lesson.has_unpublished_changes
    assert QuizAttempt.objects.get().score == score
    change = QuizChange.objects.get()
    assert (change.choice, change.decided_by) == (choice, owner.email)


def test_a_strange_choice_publishes_nothing(lesson, owner, client_of):
    draft(lesson)
    client_of(owner).post(address("quiz_publish", lesson), {"choice": "burn"})
    lesson.refresh_from_db()
    assert lesson.has_unpublished_changes


def test_an_open_choice_is_shown_where_editors_look(lesson, owner, client_of):
    draft(lesson).get_latest_revision().publish()
    browser = client_of(owner)
    assert "Quizzes whose results wait for you" in text(
        browser.get(reverse("wagtailadmin_home"))
    )
    editor_page = text(browser.get(address("wagtailadmin_pages:edit", lesson)))
    assert "They were kept." in editor_page
    assert address("quiz_results", lesson) in editor_page


def test_the_results_page_decides_later_and_undoes(lesson, owner, client_of):
    draft(lesson).get_latest_revision().publish()
    browser = client_of(owner)
    page = text(browser.get(address("quiz_results", lesson)))
    assert "1 result would change" in page
    assert "Not decided yet" in page
    done = browser.post(
        address("quiz_decide", lesson),
        {"block_id": "quiz-r", "choice": "all"},
        follow=True,
    )
    assert "1 result changed." in text(done)
    assert "Every result is as today" in text(done)
    change = QuizChange.objects.get()
    undone = browser.post(address("quiz_undo", lesson, change.pk), follow=True)
    assert f"undone by {owner.email}" in text(undone)
    assert QuizAttempt.objects.get().score == 50


def test_what_cannot_be_undone_says_so(lesson, owner, client_of):
    draft(lesson).get_latest_revision().publish()
    live = LessonPage.objects.get(pk=lesson.pk)
    change = regrade.decide(live, "quiz-r", Choice.ALL, owner)
    regrade.undo(change, live, owner)
    response = client_of(owner).post(
        address("quiz_undo", lesson, change.pk), follow=True
    )
    assert "Only the latest decision can be undone." in text(response)


def test_translations_with_another_key_are_named(lesson, owner, client_of):
    spanish = make.translated(lesson)
    draft(lesson).get_latest_revision().publish()
    page = text(client_of(owner).get(address("quiz_results", lesson)))
    assert address("wagtailadmin_pages:edit", spanish) in page


@pytest.mark.parametrize("name", ["quiz_publish", "quiz_results"])
def test_only_who_may_publish_decides(lesson, alice, editor, client_of, name):
    draft(lesson)
    assert client_of(alice).get(address(name, lesson)).status_code == 302
    assert client_of(editor).get(address(name, lesson)).status_code == 302
    GroupPagePermission.objects.create(
        group=Group.objects.get(name="Editors"),
        page=lesson.get_parent(),
        permission=Permission.objects.get(
            codename="publish_page", content_type__app_label="wagtailcore"
        ),
    )
    assert client_of(editor).get(address(name, lesson)).status_code == 200


def test_results_are_changed_by_post_only(lesson, owner, client_of):
    browser = client_of(owner)
    assert browser.get(address("quiz_decide", lesson)).status_code == 405
    change = "7f9c24e5-2f6b-4d3a-9a55-0c1d2e3f4a5b"
    assert browser.get(address("quiz_undo", lesson, change)).status_code == 405
