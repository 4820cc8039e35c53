"""The editor's form of a lesson that waits for another one."""

import pytest
from django.urls import reverse

from courses.models import LessonPage
from courses.tests import make

pytestmark = pytest.mark.django_db
FORM = {
    "slug": "second",
    "minutes": "5",
    "completion": "view",
    "watch_percent": "90",
    "required": "on",
    "body-count": "0",
    "comments-TOTAL_FORMS": "0",
    "comments-INITIAL_FORMS": "0",
}


def test_a_lesson_that_waits_is_saved_again_and_again(editor, client_of):
    first, second = make.lessons_of(make.course(lessons=2))
    edit = reverse("wagtailadmin_pages:edit", args=[second.pk])
    for title in ("Second", "Second, again"):
        data = {**FORM, "title": title, "unlock_after": str(first.key)}
        assert client_of(editor).post(edit, data).status_code == 302
        draft = LessonPage.objects.get(pk=second.pk).get_latest_revision_as_object()
        assert (draft.title, draft.unlock_after) == (title, first.key)


def test_a_new_lesson_cannot_wait_for_its_own_module(editor, client_of):
    course = make.course(lessons=1)
    module, first = course.get_children()[0], make.lessons_of(course)[0]
    add = reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", module.pk])
    form = client_of(editor).get(add).content.decode()
    assert f'value="{first.key}"' in form
    assert f'value="{module.translation_key}"' not in form
