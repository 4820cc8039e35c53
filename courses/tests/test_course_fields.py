"""Every field that an editor sets on a course's pages leaves with it and comes back."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from wagtail.images import get_image_model
from wagtail.models import Page

from courses import page_fields
from courses.course_import import KNOWN
from courses.models import CoursePage, LessonPage, ModulePage
from courses.tests.test_course_archive import DEMO, loaded, written

# of the page, not of the course: its place in the tree, states and revisions
WAGTAILS = {field.name for field in Page._meta.concrete_fields} - set(page_fields.SEO)


@pytest.mark.parametrize("model", [CoursePage, ModulePage, LessonPage])
def test_every_field_an_editor_sets_is_carried(model):
    """A field that is added later must be written and read too, or named above."""
    carried = {one.name for one in page_fields.plain_fields(model)} | KNOWN[model]
    streams = {"description", "body"} | {"outcomes", "requirements", "faq"}
    asked = {
        field.name
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field.editable and not field.primary_key
    }
    assert asked - carried - streams - WAGTAILS == set()


def test_all_that_is_set_comes_back(parents, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "stored"
    course = loaded(DEMO / "trading-fundamentals", parents)
    page = CoursePage.objects.filter(translation_key=course.key).first()
    module = ModulePage.objects.child_of(page).first()
    first, second = LessonPage.objects.child_of(module).order_by("path")[:2]
    engines = {
        "social_image": get_image_model().objects.first(),
        "seo_title": "For engines",
        "search_description": "What they show",
    }
    wanted = {
        page: {"sequential": True, "tier": "gold", "discussion": False, **engines},
        module: {"unlock_after_days": 3, **engines},
        first: {"unlock_on": now() + timedelta(days=900), "watch_percent": 60},
        second: {
            "unlock_after": first.translation_key,
            "required": False,
            "preview": True,
            **engines,
        },
    }
    before = {one: {name: getattr(one, name) for name in wanted[one]} for one in wanted}
    put(wanted)
    files = written(course, tmp_path / "out")
    put(before)
    assert written(course, tmp_path / "plain") != files
    loaded(tmp_path / "out", parents)
    for one, values in wanted.items():
        again = type(one).objects.get(pk=one.pk)
        assert {name: getattr(again, name) for name in values} == values
    assert written(course, tmp_path / "again") == files


def put(wanted):
    for one, values in wanted.items():
        page = type(one).objects.get(pk=one.pk)
        for name, value in values.items():
            setattr(page, name, value)
        page.save_revision().publish()
