"""Topics, instructors and levels: snippets with drafts, previews and languages."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from wagtail.models import Locale

from courses import levels
from courses.models import CoursePage, Instructor, Level, Topic
from courses.tests import make
from courses.tests.make import text

pytestmark = pytest.mark.django_db


def test_every_language_starts_with_three_levels_linked_as_translations():
    english, spanish = make.home("en").locale, make.home("es").locale
    names = [level.name for level in levels.published(spanish.pk)]
    assert names == ["Inicial", "Intermedio", "Avanzado"]
    for level in levels.published(english.pk):
        assert level.get_translation(spanish).code == level.code


def test_a_course_keeps_its_level_in_every_language(client):
    page = make.course(level="advanced")
    copy = make.translated(page)
    assert "Advanced" in text(client.get(page.url))
    assert "Avanzado" in text(client.get(copy.url))
    assert "Avanzado" in text(client.get(make.catalogue("es").url + "?level=advanced"))


def test_an_own_level_is_offered_shown_and_found(client, editor, client_of):
    locale = make.home().locale
    Level.objects.create(code="expert", name="Expert", position=9, locale=locale)
    page = make.course(title="Deep", slug="deep", level="expert")
    assert "Expert" in text(client.get(page.url))
    found = text(client.get(make.catalogue().url + "?level=expert"))
    assert "Deep" in found
    form = text(client_of(editor).get(f"/admin/pages/{page.pk}/edit/"))
    assert '<option value="expert" selected>Expert</option>' in form


def test_an_unknown_level_is_refused():
    with (
        translation.override("en"),
        pytest.raises(ValidationError, match="There is no level with this code"),
    ):
        make.course(level="genius")


def test_drafts_are_not_shown(client):
    locale = make.home().locale
    Topic.objects.create(name="Secret topic", locale=locale, live=False)
    Level.objects.create(code="x", name="Secret level", locale=locale, live=False)
    person = Instructor.objects.create(name="Secret person", locale=locale, live=False)
    page = make.course()
    page.instructors.create(instructor=person)
    for address in (make.catalogue().url, page.url):
        assert "Secret" not in text(client.get(address))


@pytest.mark.parametrize("model", [Topic, Instructor, Level])
def test_snippets_have_drafts_and_a_preview(owner, client_of, model):
    name = model._meta.model_name
    fields = {"code": "x"} if model is Level else {}
    row = model.objects.create(
        name="Published", locale=Locale.objects.first(), **fields
    )
    row.name = "Draft"
    row.save_revision()
    row.refresh_from_db()
    assert (row.name, row.has_unpublished_changes) == ("Published", True)
    assert row.get_latest_revision_as_object().name == "Draft"
    shown = row.get_latest_revision_as_object().make_preview_request()
    assert "Draft" in text(shown)
    edit = text(client_of(owner).get(f"/admin/snippets/courses/{name}/edit/{row.pk}/"))
    assert "action-publish" in edit
    assert f"/admin/snippets/courses/{name}/preview/{row.pk}/" in edit


def test_a_course_folder_names_levels_by_code():
    assert CoursePage._meta.get_field("level").default == "beginner"
    assert levels.exists("advanced")
    assert not levels.exists("nobody-has-this")
