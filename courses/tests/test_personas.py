"""Previews as kinds of students: the same rule, made-up facts, nothing written."""

import pytest
from django.urls import reverse

from courses import personas
from courses.models import Enrolment, ItemProgress, LessonPage
from courses.tests import make

pytestmark = pytest.mark.django_db
OPEN, SHUT = True, False


@pytest.fixture
def paid():
    return make.course(access="subscribers", lessons=2)


def shown(page, persona):
    answer = page.make_preview_request(preview_mode=persona)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("persona", "plain", "sample", "day_5", "day_20", "after_first"),
    [
        ("visitor", SHUT, OPEN, SHUT, SHUT, SHUT),
        ("free", SHUT, OPEN, SHUT, SHUT, SHUT),
        ("subscriber-0", OPEN, OPEN, SHUT, SHUT, SHUT),
        ("subscriber-7", OPEN, OPEN, OPEN, SHUT, SHUT),
        ("subscriber-30", OPEN, OPEN, OPEN, OPEN, SHUT),
        ("lapsed", SHUT, OPEN, SHUT, SHUT, SHUT),
        ("finished", OPEN, OPEN, OPEN, OPEN, OPEN),
    ],
)
def test_each_persona_sees_its_own(
    paid, persona, plain, sample, day_5, day_20, after_first
):
    first, lesson = make.lessons_of(paid)
    cases = [
        ({}, plain),
        ({"preview": True}, sample),
        ({"unlock_after_days": 5}, day_5),
        ({"unlock_after_days": 20}, day_20),
        ({"unlock_after": first.key}, after_first),
    ]
    for fields, expected in cases:
        draft = LessonPage.objects.get(pk=lesson.pk)
        for name, value in fields.items():
            setattr(draft, name, value)
        page = shown(draft, persona)
        assert (make.SECRET in page) is expected, fields
        assert "Preview as:" in page
    assert not Enrolment.objects.exists()
    assert not ItemProgress.objects.exists()


def test_a_free_account_reads_a_free_course():
    lesson = make.lessons_of(make.course(access="free"))[0]
    assert make.SECRET in shown(lesson, "free")
    assert make.SECRET not in shown(lesson, "visitor")


def test_a_lesson_that_was_never_published_is_previewed(paid):
    module = paid.get_children()[0]
    draft = LessonPage(
        title="New",
        slug="new",
        live=False,
        body=[{"type": "text", "value": f"<p>{make.SECRET}</p>"}],
    )
    module.add_child(instance=draft)
    assert make.SECRET in shown(draft, "subscriber-0")
    assert make.SECRET not in shown(draft, "lapsed")
    assert not LessonPage.objects.get(pk=draft.pk).live


def test_the_course_is_previewed_too(paid):
    paid.title = "A better title"
    assert "A better title" in shown(paid, "visitor")
    assert "Preview as: Former subscriber. Nothing is saved." in shown(paid, "lapsed")
    assert "Preview as" not in shown(paid, "")


def test_the_panel_switches_between_personas(editor, client_of, paid):
    lesson = make.lessons_of(paid)[0]
    browser = client_of(editor)
    edit = browser.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk])).content
    for one in personas.PERSONAS:
        assert f'value="{one.code}"'.encode() in edit
    url = reverse("wagtailadmin_pages:view_draft", args=[lesson.pk])
    assert make.SECRET in browser.get(url, {"mode": "subscriber-0"}).content.decode()
    assert make.SECRET not in browser.get(url, {"mode": "visitor"}).content.decode()
    assert not Enrolment.objects.filter(user=editor).exists()


@pytest.mark.parametrize("saved", [True, False])
def test_a_module_is_previewed_in_its_course(paid, saved, editor, client_of):
    module = paid.get_children()[0]
    edit = reverse("wagtailadmin_pages:preview_on_edit", args=[module.pk])
    new = reverse(
        "wagtailadmin_pages:preview_on_add", args=["courses", "modulepage", paid.pk]
    )
    client, address = client_of(editor), edit if saved else new
    fields = {"title": "Renamed", "slug": "renamed", "summary": "", "comments": "[]"}
    assert client.post(address, fields).json()["is_valid"]
    answer = client.get(address)
    assert answer.status_code == 200
    assert paid.title in answer.content.decode()
