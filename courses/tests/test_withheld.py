"""A page that must be mended does not go live: not by the clock, not by the last approval."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import WorkflowState

from courses import withheld
from courses.models import LessonPage
from courses.tests import make
from courses.tests.make import text
from courses.tests.test_publish_checks import link, wrong_quiz

pytestmark = pytest.mark.django_db
BLOCKED = "A link leads to a page that is deleted or not published."


@pytest.fixture
def course():
    return make.course(lessons=2)


@pytest.fixture
def target(course):
    return make.lessons_of(course)[0]


def planned(course, editor, *, live=False, slug="later", **fields):
    """A lesson whose draft goes live in an hour."""
    module = make.lessons_of(course)[0].get_parent().specific
    lesson = make.lesson(module, title="Later", slug=slug)
    if not live:
        lesson.unpublish()
    lesson = LessonPage.objects.get(pk=lesson.pk)
    lesson.title = "Planned"
    for name, value in fields.items():
        setattr(lesson, name, value)
    lesson.go_live_at = now() + timedelta(hours=1)
    lesson.save_revision(user=editor).publish()
    return LessonPage.objects.get(pk=lesson.pk)


def an_hour_later(times=1):
    """The clock comes by; the mails sent because of it."""
    with time_machine.travel(now() + timedelta(hours=2)):
        for _time in range(times):
            call_command("publish_scheduled")
        return make.sent()


def shown(lesson):
    found = LessonPage.objects.get(pk=lesson.pk)
    return found.live, found.title


def edit_url(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_what_must_be_mended_is_refused_when_it_is_scheduled(target, owner, client_of):
    from courses.tests.test_publish_checks import post_publish

    later = (now() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    answer = post_publish(client_of(owner), target, "quiz", go_live_at=later)
    assert "was not scheduled" in text(answer)
    assert "it has no quiz" in text(answer)
    assert not LessonPage.objects.get(pk=target.pk).approved_schedule
    post_publish(client_of(owner), target, "view", go_live_at=later)
    assert LessonPage.objects.get(pk=target.pk).approved_schedule


@pytest.mark.parametrize("live", [False, True])
def test_the_clock_holds_back_what_broke_since_and_tells_its_editor(
    live, course, target, editor, client_of
):
    lesson = planned(course, editor, live=live, body=[link("page", target.pk)])
    sound = planned(course, editor, slug="sound")
    target.unpublish()
    [mail] = an_hour_later(times=2)
    assert shown(lesson) == ((True, "Later") if live else (False, "Planned"))
    assert shown(sound) == (True, "Planned")
    assert mail.to == [editor.email]
    assert "Planned" in mail.subject
    assert BLOCKED in mail.body
    assert edit_url(lesson) in mail.body
    browser = client_of(editor)
    assert "stayed a draft" in text(browser.get(edit_url(lesson)))
    home = text(browser.get(reverse("wagtailadmin_home")))
    assert edit_url(lesson) in home.partition("Planned pages that stayed drafts")[2]
    history = reverse("wagtailadmin_pages:history", args=[lesson.pk])
    assert "Stayed a draft" in text(browser.get(history))


def test_it_is_done_with_once_it_is_published(course, target, editor, client_of, owner):
    lesson = planned(course, editor, body=[link("page", target.pk)])
    target.unpublish()
    an_hour_later()
    browser = client_of(owner)
    assert "Planned pages that stayed drafts" in text(
        browser.get(reverse("wagtailadmin_home"))
    )
    lesson = LessonPage.objects.get(pk=lesson.pk)
    lesson.body = [{"type": "text", "value": "<p>Mended</p>"}]
    with time_machine.travel(now() + timedelta(hours=3)):
        lesson.save_revision(user=owner).publish(user=owner)
        assert shown(lesson)[0]
        assert "Planned pages that stayed drafts" not in text(
            browser.get(reverse("wagtailadmin_home"))
        )
        assert "stayed a draft" not in text(browser.get(edit_url(lesson)))


def test_without_an_editor_the_owners_are_told(course, target, owner, make_user):
    gone = make_user("Gone")  # no right to edit any more
    lesson = planned(course, gone, body=[link("page", target.pk)])
    target.unpublish()
    mails = an_hour_later()
    assert not shown(lesson)[0]
    assert [mail.to for mail in mails] == [[owner.email]]


def test_pages_planned_together_may_link_to_each_other(course, editor):
    first = planned(course, editor, slug="first")
    second = planned(course, editor, slug="second", body=[link("page", first.pk)])
    an_hour_later()
    assert shown(first)[0]
    assert shown(second)[0]


def test_what_links_to_a_page_held_back_is_held_back_too(
    course, target, editor, django_assert_max_num_queries
):
    first = planned(course, editor, slug="first", body=[link("page", target.pk)])
    second = planned(course, editor, slug="second", body=[link("page", first.pk)])
    target.unpublish()
    an_hour_later()
    assert not shown(first)[0]
    assert not shown(second)[0]
    editor = type(editor).objects.get(pk=editor.pk)
    with django_assert_max_num_queries(5):
        assert [page.pk for page in withheld.waiting(editor)] == [second.pk, first.pk]


def test_a_dry_run_says_so_and_changes_nothing(course, target, editor, capsys):
    lesson = planned(course, editor, body=[link("page", target.pk)])
    target.unpublish()
    with time_machine.travel(now() + timedelta(hours=2)):
        call_command("publish_scheduled", dryrun=True)
        assert "Planned" in capsys.readouterr().out
        assert LessonPage.objects.get(pk=lesson.pk).approved_schedule
    assert make.sent() == []


@pytest.fixture
def submitted(target, editor):
    """A draft with a quiz without a key, waiting for its last approval."""
    target.title, target.body = "Proposed", [wrong_quiz()]
    target.save_revision(user=editor)
    return target.get_workflow().start(target, editor)


def test_the_last_approval_is_refused_with_what_to_mend(
    submitted, target, owner, client_of
):
    task = submitted.current_task_state
    url = reverse(
        "wagtailadmin_pages:workflow_action", args=[target.pk, "approve", task.pk]
    )
    browser = client_of(owner)
    answer = browser.post(url, {"comment": "Fine"}, follow=True)
    assert answer.redirect_chain[-1][0] == edit_url(target)
    assert "“Proposed” was not published." in text(answer)
    assert "mark the right answer" in text(answer)
    submitted.refresh_from_db()
    task.refresh_from_db()
    assert submitted.status == WorkflowState.STATUS_IN_PROGRESS
    assert (task.status, task.comment) == ("in_progress", "")
    assert shown(target) == (True, "Lesson 1.1")
    asked = {"x-requested-with": "XMLHttpRequest"}
    modal = browser.post(url, {"comment": "Fine"}, headers=asked)
    assert modal.json() == {"step": "success", "redirect": edit_url(target)}


def test_approving_in_the_editor_keeps_what_was_written(
    submitted, target, owner, client_of
):
    from courses.tests.test_publish_checks import post_publish

    answer = post_publish(
        client_of(owner), target, "quiz", action="workflow-approve", title="Better"
    )
    assert "was not published" in text(answer)
    assert "it has no quiz" in text(answer)
    submitted.refresh_from_db()
    assert submitted.status == WorkflowState.STATUS_IN_PROGRESS
    draft = LessonPage.objects.get(pk=target.pk).get_latest_revision_as_object()
    assert draft.title == "Better"
    assert shown(target) == (True, "Lesson 1.1")


def test_a_sound_draft_goes_live_with_its_approval(target, editor, owner, client_of):
    target.title = "Proposed"
    target.save_revision(user=editor)
    task = target.get_workflow().start(target, editor).current_task_state
    url = reverse(
        "wagtailadmin_pages:workflow_action", args=[target.pk, "approve", task.pk]
    )
    client_of(owner).post(url, {"comment": ""})
    assert shown(target) == (True, "Proposed")


def test_answering_about_quiz_results_publishes_nothing_broken(
    target, owner, client_of
):
    target.title, target.body = "Broken since", [wrong_quiz()]
    target.save_revision(user=owner)
    answer = client_of(owner).post(
        reverse("quiz_publish", args=[target.pk]), {"choice": "keep"}, follow=True
    )
    assert "mark the right answer" in text(answer)
    assert shown(target) == (True, "Lesson 1.1")
