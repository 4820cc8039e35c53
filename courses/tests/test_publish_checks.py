import re

import pytest
import time_machine
from django.urls import reverse
from wagtail.models import Page

from courses import publish_checks
from courses.models import CoursePage, Instructor, LessonPage, Topic
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(lessons=1, outcomes=[{"type": "text", "value": "Size a trade"}])


@pytest.fixture
def lesson(course):
    return make.lessons_of(course)[0]


def texts(page):
    return [found.text for found in publish_checks.findings(page)]


def wrong_quiz():
    options = [make.option("a", "One"), make.option("b", "Two")]
    return make.quiz(questions=[make.question("q1", "single", options=options)])


def video(**fields):
    value = {
        "title": "Film", "file": None, "provider": "youtube", "video_id": "aqz-KE-bpKQ",
        "poster": None, "captions": None, "transcript": "", **fields,
    }  # fmt: skip
    return {"type": "video", "id": "film", "value": value}


def link(kind, pk):
    html = f'<p><a linktype="{kind}" id="{pk}">there</a></p>'
    return {"type": "text", "id": "words", "value": html}


def test_a_sound_course_has_nothing_to_mend(course, lesson):
    assert texts(course) == []
    assert texts(lesson) == []
    assert publish_checks.of_course(course) == []


@pytest.mark.parametrize(
    ("fields", "blocks", "says"),
    [
        ({"body": [wrong_quiz()]}, True, "mark the right answer"),
        ({"body": [make.quiz(questions=[])]}, True, "no questions"),
        ({"completion": "quiz"}, True, "it has no quiz"),
        ({"body": []}, False, "empty"),
        ({"body": [video()]}, False, "no transcript"),
        ({"body": [video(video_id="", provider="")]}, True, "nothing to play"),
        ({"body": [link("page", 999_999)]}, True, "deleted or not published"),
        ({"body": [link("document", 999_999)]}, True, "document that was deleted"),
        (
            {"body": [{"type": "text", "id": "t", "value": "<p><a>x</a></p>"}]},
            True,
            "leads nowhere",
        ),
    ],
)
def test_what_is_wrong_with_a_lesson(lesson, fields, blocks, says):
    for name, value in fields.items():
        setattr(lesson, name, value)
    found = publish_checks.findings(lesson)
    assert [one.blocks for one in found if says in one.text] == [blocks], found


def test_a_link_to_a_published_page_is_fine(course, lesson):
    lesson.body = [link("page", course.pk)]
    assert texts(lesson) == []
    course.unpublish()
    assert "deleted or not published" in texts(lesson)[0]


def test_a_required_lesson_that_nobody_sees_is_named(course, lesson):
    lesson.get_parent().specific.unpublish()
    found = texts(course)
    assert any("“Lesson 1.1” is required" in text for text in found)


def test_checks_cost_the_same_for_long_lessons(lesson, django_assert_max_num_queries):
    lesson.body = [link("page", n) for n in range(500, 560)]
    with django_assert_max_num_queries(6):
        publish_checks.findings(lesson)


ACTIONS = {
    "save": {},
    "publish": {"action-publish": "action-publish"},
    "workflow-approve": {
        "action-workflow-action": "true",
        "workflow-action-name": "approve",
        "workflow-action-extra-data": "{}",
    },
}


def editor_form(client, page):
    response = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert response.status_code == 200
    return response


def post_publish(client, page, completion, *, action="publish", headers=None, **fields):
    """The editor's form of a lesson, as the browser sends it."""
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    data = nested_form_data(
        {
            "title": page.title,
            "slug": page.slug,
            "summary": "",
            "minutes": "5",
            "completion": completion,
            "watch_percent": "90",
            "required": "on",
            "seo_title": "",
            "search_description": "",
            "body": streamfield([("text", rich_text("<p>Words</p>"))]),
            "comments": {
                "TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": "",
            },
            **ACTIONS[action],
            **fields,
        }
    )  # fmt: skip
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return client.post(url, data, follow=True, headers=headers)


def test_publishing_what_cannot_be_finished_is_refused_and_the_draft_is_kept(
    lesson, owner, client_of
):
    response = post_publish(client_of(owner), lesson, "quiz")
    assert "it has no quiz" in response.content.decode()
    lesson.refresh_from_db()
    assert lesson.completion == "manual"
    assert lesson.has_unpublished_changes
    draft = lesson.get_latest_revision_as_object()
    assert draft.completion == "quiz"


def test_a_sound_lesson_is_published(lesson, owner, client_of):
    post_publish(client_of(owner), lesson, "view")
    lesson.refresh_from_db()
    assert lesson.completion == "view"


def test_bulk_publishing_is_refused_as_a_whole(course, lesson, owner, client_of):
    module = lesson.get_parent().specific
    bad = LessonPage(title="Bad", slug="bad", completion="quiz", live=False)
    module.add_child(instance=bad)
    good = LessonPage(title="Good", slug="good", completion="view", live=False)
    module.add_child(instance=good)
    for page in (bad, good):
        page.save_revision()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client_of(owner).post(f"{url}?id={bad.pk}&id={good.pk}", follow=True)
    live = LessonPage.objects.filter(pk__in=[bad.pk, good.pk], live=True)
    assert not live.exists()


def test_bulk_publishing_with_what_is_below_checks_that_too(lesson, owner, client_of):
    module = lesson.get_parent().specific
    bad = LessonPage(title="Bad", slug="bad", completion="quiz", live=False)
    module.add_child(instance=bad)
    bad.save_revision()
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    answer = client_of(owner).post(
        f"{url}?id={module.pk}", {"include_descendants": "on"}, follow=True
    )
    assert "was not published" in answer.content.decode()
    assert not LessonPage.objects.get(pk=bad.pk).live
    module.unpublish()
    client_of(owner).post(f"{url}?id={module.pk}")
    assert type(module).objects.get(pk=module.pk).live


def test_the_editor_sees_the_findings_in_the_side_panel(lesson, editor, client_of):
    lesson.body = [video()]
    lesson.save_revision().publish()
    page = editor_form(client_of(editor), lesson).content.decode()
    assert "data-publish-checks" in page
    assert "has no transcript" in page
    assert "#block-film-section" in page


def panel_of(answer):
    """What the side panel says about the page; in an answer to autosave, its new text."""
    given = answer.headers["Content-Type"].startswith("application/json")
    html = answer.json()["html"] if given else answer.content.decode()
    found = re.search(r"<section[^>]*data-publish-checks.*?</section>", html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group()))


def test_the_panel_names_the_draft_that_it_looked_at(lesson, editor, client_of):
    with time_machine.travel("2026-11-24 19:27:00Z", tick=False):
        lesson.save_revision()
        shown = panel_of(editor_form(client_of(editor), lesson))
    assert "The draft saved on 24 November 2026, 20:27 was checked." in shown
    assert "Nothing to mend." in shown
    assert "not saved" not in shown


def test_the_panel_follows_autosave(lesson, editor, client_of):
    browser = client_of(editor)
    asked = {"Accept": "application/json"}
    saved = post_publish(browser, lesson, "quiz", action="save", headers=asked)
    assert saved.json()["success"]
    assert "it has no quiz" in panel_of(saved)
    saved = post_publish(browser, lesson, "view", action="save", headers=asked)
    assert "Nothing to mend." in panel_of(saved)


def test_what_is_not_saved_is_not_called_sound(lesson, owner, client_of):
    lesson.completion = "quiz"
    lesson.save_revision()
    refused = post_publish(client_of(owner), lesson, "view", title="")
    shown = panel_of(refused)
    assert "What you wrote since is not saved" in shown
    assert "it has no quiz" in shown


def test_a_page_that_was_never_saved_has_not_been_checked(lesson, owner, client_of):
    module = lesson.get_parent()
    url = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", module.pk])
    shown = panel_of(client_of(owner).get(url))
    assert "Nothing is saved yet" in shown
    assert "empty" not in shown


def test_an_earlier_version_is_not_taken_for_the_draft(lesson, owner, client_of):
    first = lesson.save_revision()
    lesson.completion = "quiz"
    lesson.save_revision()
    url = reverse("wagtailadmin_pages:revisions_revert", args=[lesson.pk, first.pk])
    shown = panel_of(client_of(owner).get(url))
    assert "it has no quiz" in shown
    assert "What you wrote since is not saved" in shown


def test_other_pages_keep_wagtails_panel(owner, client_of):
    home = make.home()
    page = editor_form(client_of(owner), home).content.decode()
    assert "data-publish-checks" not in page


def test_one_page_lists_the_whole_course(course, lesson, editor, client_of, alice):
    lesson.body = [video()]
    lesson.save_revision()
    url = reverse("course_check", args=[course.pk])
    page = client_of(editor).get(url).content.decode()
    assert "has no transcript" in page
    assert reverse("wagtailadmin_pages:edit", args=[lesson.pk]) in page
    assert client_of(alice).get(url).status_code in (302, 403)
    explorer = reverse("wagtailadmin_explore", args=[course.pk])
    assert url in client_of(editor).get(explorer).content.decode()


def test_the_course_check_does_not_exist_for_other_pages(owner, client_of):
    home = Page.objects.exclude(pk__in=CoursePage.objects.values("pk")).first()
    url = reverse("course_check", args=[home.pk])
    assert client_of(owner).get(url, follow=True).status_code == 404


def test_teachers_and_topics_that_are_drafts_are_named(course):
    locale = course.locale
    nora = Instructor.objects.create(name="Nora", locale=locale, live=False)
    marta = Instructor.objects.create(name="Marta", locale=locale)
    course.topic = Topic.objects.create(name="Bonds", locale=locale, live=False)
    course.instructors.create(instructor=nora)
    course.instructors.create(instructor=marta)
    said = texts(course)
    assert len(said) == 2
    assert all("is a draft" in one for one in said)
    assert "Nora" in said[0]
    assert "Bonds" in said[1]
