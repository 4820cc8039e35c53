"""What an import makes of the files of a course folder: pages found by their keys, lengths read."""

import pytest
from django.core.management import CommandError, call_command

from courses.course_folder import read
from courses.course_import import Importer
from courses.models import LessonPage
from courses.tests import make
from courses.tests.test_course_archive import loaded, state
from courses.tests.test_media_blocks import sound


@pytest.mark.parametrize("written", ["", "length: 1:30\n"])
def test_the_length_of_an_own_recording_is_read_from_the_file(folder, parents, written):
    (folder / "media" / "talk.wav").write_bytes(sound(seconds=3))
    block = f"\n```audio\nid: talk\ntitle: Talk\nfile: media/talk.wav\ntranscript: Words\n{written}```\n"
    for file in folder.rglob("01-lesson.*.md"):
        file.write_text(file.read_text() + block)
    loaded(folder, parents)
    for lesson in LessonPage.objects.all():
        assert lesson.body[-1].value["length"] == ("1:30" if written else "0:03")
    again = Importer(read(folder))
    again.load(parents)
    assert again.counts["updated"] == 0
    (folder / "media" / "talk.wav").write_bytes(sound(seconds=5))
    loaded(folder, parents)
    for lesson in LessonPage.objects.all():
        assert lesson.body[-1].value["length"] == ("1:30" if written else "0:05")


def test_each_page_is_looked_up_once(folder, parents, django_assert_max_num_queries):
    """Six pages, one statement more for each language."""
    loaded(folder, parents)
    with django_assert_max_num_queries(200) as seen:
        Importer(read(folder)).load(parents)
    wanted = [query["sql"].partition(" WHERE ")[2] for query in seen.captured_queries]
    of_pages = [one for one in wanted if '"wagtailcore_page"."locale_id" =' in one]
    assert len([one for one in of_pages if "translation_key" in one]) == 6 + 2


def test_a_key_that_is_another_pages_is_named(folder, parents):
    module = make.lessons_of(make.course(slug="own", lessons=1))[0].get_parent()
    file = folder / "01-module/01-lesson.en.md"
    key = f"minutes: 9\nkey: {module.translation_key}"
    file.write_text(file.read_text().replace("minutes: 9", key, 1))
    before = state()
    with pytest.raises(CommandError, match=r"01-lesson\.en\.md"):
        call_command("import_course", folder)
    assert state() == before
