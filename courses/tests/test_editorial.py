"""What editors expect of every page holds for lessons: review, history, redirects, rights."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page, Workflow

from courses.models import LessonPage
from courses.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    return make.lessons_of(make.course(lessons=1))[0]


def text_of(client, lesson):
    page = LessonPage.objects.get(pk=lesson.pk)
    return client.get(page.url).content.decode()


def test_a_changed_address_leads_to_the_new_one(
    lesson, owner, client_of, django_capture_on_commit_callbacks
):
    client = client_of(owner)
    old = lesson.url
    lesson.slug = "renamed"
    with django_capture_on_commit_callbacks(execute=True):
        lesson.save_revision().publish()
    answer = client.get(old)
    assert answer.status_code == 301
    assert answer["Location"].endswith("/renamed/")


def test_the_addresses_below_a_renamed_course_lead_on_too(
    lesson, owner, client_of, django_capture_on_commit_callbacks
):
    course, old = lesson.place.course, lesson.url
    course.slug = "new-name"
    with django_capture_on_commit_callbacks(execute=True):
        course.save_revision().publish()
    answer = client_of(owner).get(old)
    assert answer.status_code == 301
    assert "/new-name/" in answer["Location"]


def test_a_reviewed_lesson_goes_live_when_a_moderator_approves(
    lesson, editor, owner, client_of
):
    workflow = Workflow.objects.filter(active=True).first()
    assert workflow is not None
    lesson.title = "Proposed"
    revision = lesson.save_revision(user=editor)
    state = lesson.get_workflow() and lesson.get_workflow().start(lesson, editor)
    assert state, "lessons have a workflow"
    assert LessonPage.objects.get(pk=lesson.pk).title != "Proposed"
    task = state.current_task_state
    task.task.specific.on_action(task, owner, "approve")
    assert LessonPage.objects.get(pk=lesson.pk).title == "Proposed"
    assert LessonPage.objects.get(pk=lesson.pk).live_revision_id == revision.pk


def test_an_earlier_version_is_compared_and_brought_back(lesson, owner, client_of):
    client = client_of(owner)
    first = lesson.save_revision()
    first.publish()
    lesson.refresh_from_db()
    lesson.title = "A worse title"
    second = lesson.save_revision()
    second.publish()
    compare = reverse(
        "wagtailadmin_pages:revisions_compare", args=[lesson.pk, first.pk, second.pk]
    )
    assert "A worse title" in client.get(compare).content.decode()
    revert = reverse("wagtailadmin_pages:revisions_revert", args=[lesson.pk, first.pk])
    assert "Lesson 1.1" in client.get(revert).content.decode()
    first.publish(previous_revision=second)
    assert "Lesson 1.1" in text_of(client, lesson)


def test_an_author_writes_in_the_own_course_only(make_user, client_of):
    mine, other = make.course(), make.course(slug="other", title="Other")
    group = Group.objects.create(name="Authors of Risk")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for right in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=group,
            page=Page.objects.get(pk=mine.pk),
            permission=Permission.objects.get(
                codename=right, content_type__app_label="wagtailcore"
            ),
        )
    author = make_user("Aurora")
    author.groups.add(group)
    client = client_of(author)

    def edit(page):
        return client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))

    assert edit(make.lessons_of(mine)[0]).status_code == 200
    assert edit(make.lessons_of(other)[0]).status_code == 302
    assert edit(other).status_code == 302
    assert make.SECRET not in client.get(make.lessons_of(other)[0].url).content.decode()


def test_a_lesson_is_dragged_to_another_place(owner, client_of):
    course = make.course(lessons=3)
    first, _second, third = make.lessons_of(course)
    url = reverse("wagtailadmin_pages:set_page_position", args=[third.pk])
    answer = client_of(owner).post(f"{url}?position=0")
    assert answer.status_code == 200
    assert [one.pk for one in make.lessons_of(course)][0] == third.pk
    assert [one.pk for one in make.lessons_of(course)][1] == first.pk
