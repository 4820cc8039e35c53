"""Courses leave as files and come back the same, and nothing bad gets in."""

import contextlib
import io
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from courses import course_export, demo, progress, registry
from courses.course_folder import read
from courses.course_import import Importer
from courses.models import (
    Course,
    CoursePage,
    Item,
    LessonPage,
    QuizVersion,
)
from courses.tests import make

DEMO = demo.FOLDER


def loaded(source, parents):
    Importer(read(source)).load(parents)
    return Course.objects.get(code=read(source).code)


def state():
    """Everything an import could change."""
    pages = Page.objects.order_by("path").values_list(
        "pk", "path", "title", "live", "translation_key", "latest_revision_id"
    )
    rows = [
        model.objects.count()
        for model in (Item, QuizVersion, get_image_model(), get_document_model())
    ]
    return list(pages), rows


def stored_files(settings):
    root = Path(settings.MEDIA_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file())


def written(course, target):
    course_export.write(course_export.export(course), target)
    return {
        str(path.relative_to(target)): path.read_bytes()
        for path in sorted(target.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("code", ["trading-fundamentals", "risk-in-practice"])
def test_the_demo_courses_come_back_identical(code, parents, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "stored"
    course = loaded(DEMO / code, parents)
    first = written(course, tmp_path / "first")
    before = state()
    importer = Importer(read(tmp_path / "first"))
    importer.load(parents)
    assert importer.counts["created"] == importer.counts["updated"] == 0
    assert state() == before
    assert written(course, tmp_path / "second") == first


def test_a_course_moves_to_an_empty_site_with_ids_and_texts(
    parents, tmp_path, settings
):
    settings.MEDIA_ROOT = tmp_path / "stored"
    course = loaded(DEMO / "risk-in-practice", parents)
    files = written(course, tmp_path / "out")
    quizzes = set(QuizVersion.objects.values_list("item", "block_id", "sha256"))
    keys = set(Item.objects.values_list("key", flat=True))
    for page in CoursePage.objects.all():
        page.delete()
    QuizVersion.objects.all().delete()
    Item.objects.all().delete()
    Course.objects.all().delete()
    get_image_model().objects.all().delete()
    get_document_model().objects.all().delete()
    course = loaded(tmp_path / "out", parents)
    assert set(Item.objects.values_list("key", flat=True)) == keys
    assert set(QuizVersion.objects.values_list("item", "block_id", "sha256")) == quizzes
    assert written(course, tmp_path / "again") == files


def test_a_course_written_in_the_admin_keeps_its_ids_and_progress(
    parents,
    alice,
    tmp_path,
):
    page = make.course(slug="own", lessons=1, sequential=True, tier="gold")
    lesson = make.lessons_of(page)[0]
    other = make.lesson(lesson.get_parent().specific, title="Second one", minutes=7)
    lesson.body = [
        {"type": "text", "id": "t1", "value": (
            f'<p data-block-key="x">A <b>stop</b>, see <a linktype="page" id="{other.pk}">'
            "this</a>.</p>")},
        {"type": "text", "id": "t2", "value": "<p>again</p>"},
        {"type": "callout", "id": "c1", "value": {
            "kind": "tip", "title": "", "text": "<p><i>Write</i> it</p>"}},
        {"type": "code", "id": "k1", "value": {
            "language": "python", "code": "```\nx", "caption": "Odd"}},
        make.quiz(),
    ]  # fmt: skip
    lesson.save_revision().publish()
    progress.complete_lesson(alice, lesson)
    course = Course.objects.get(key=page.translation_key)
    first = written(course, tmp_path / "out")
    text = (tmp_path / "out/01-module-1/01-lesson-1.en.md").read_text()
    assert f"page:{other.translation_key}" in text
    assert "{#t2}" in text
    before = state()
    importer = Importer(read(tmp_path / "out"))
    importer.load(parents)
    assert importer.counts["updated"] == 0
    assert state() == before
    page.delete()
    page = CoursePage.objects.get(pk=loaded_page(tmp_path / "out", parents).pk)
    assert page.sequential
    assert page.tier == "gold"
    lesson = LessonPage.objects.get(translation_key=lesson.translation_key)
    assert [block.id for block in lesson.body] == ["t1", "t2", "c1", "k1", "quiz-r"]
    assert progress.states(alice, [lesson.key]) == {lesson.key: "done"}
    assert written(course, tmp_path / "again") == first


def loaded_page(source, parents):
    return Importer(read(source)).load(parents)[0]


def test_the_order_of_the_folder_becomes_the_order_of_the_lessons(folder, parents):
    for name in ("es", "en"):
        lesson = folder / "01-module" / f"01-lesson.{name}.md"
        second = lesson.read_text().replace("one-", "two-")
        (folder / "01-module" / f"02-second.{name}.md").write_text(second)
    course = loaded(folder, parents)
    for page in CoursePage.objects.filter(translation_key=course.key):
        rows = list(LessonPage.objects.descendant_of(page).order_by("path"))
        rows[1].move(rows[0], pos="left")
    loaded(folder, parents)
    for page in CoursePage.objects.filter(translation_key=course.key):
        rows = LessonPage.objects.descendant_of(page).order_by("path")
        assert [row.slug[:3] for row in rows] == ["one", "two"]


def test_a_draft_stays_a_draft(folder, parents):
    for path in folder.glob("01-module/01-lesson.*.md"):
        path.write_text(
            path.read_text().replace("minutes: 9", "minutes: 9\ndraft: true")
        )
    course = loaded(folder, parents)
    assert not LessonPage.objects.filter(live=True).exists()
    texts = course_export.export(course).texts
    assert sum("draft: true" in text for text in texts.values()) == 2


# --- by command -----------------------------------------------------------------------


def run(name, *arguments, **options):
    out = io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("target", ["course.zip", "course"])
def test_the_commands_write_and_read_both_forms(folder, parents, tmp_path, target):
    loaded(folder, parents)
    goal = tmp_path / target
    assert "3 texts" not in run("export_course", "tiny", goal)
    before = state()
    assert "6 unchanged" in run("import_course", goal)
    assert state() == before
    with pytest.raises(CommandError, match="is there already"):
        run("export_course", "tiny", goal)
    run("export_course", "tiny", goal, replace=True)


def test_two_zips_of_one_course_have_the_same_bytes(folder, parents, tmp_path):
    loaded(folder, parents)
    for name in ("one.zip", "two.zip"):
        run("export_course", "tiny", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_unknown_code_names_those_there_are(folder, parents, tmp_path):
    loaded(folder, parents)
    with pytest.raises(CommandError, match="tiny"):
        run("export_course", "huge", tmp_path / "x")


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(
    folder,
    parents,
    settings,
):
    before, files = state(), stored_files(settings)
    assert "6 created" in run("import_course", folder, dry_run=True)
    assert state() == before
    assert stored_files(settings) == files


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("01-module/01-lesson.en.md", "minutes: 9", "minutes: many", "01-lesson.en.md:5: minutes"),
        ("01-module/01-lesson.en.md", "minutes: 9", "colour: red", "“colour” is not known"),
        ("01-module/01-lesson.en.md", "completion: quiz", "completion: luck", "completion"),
        ("01-module/01-lesson.en.md", "correct: true, ", "", "quiz"),
        ("01-module/01-lesson.en.md", "kind: single", "kind: riddle", "quiz"),
        ("01-module/01-lesson.en.md", "title: Film\n", "title: Film\nlength: 3\n", "video: length"),
        ("01-module/01-lesson.en.md", "media/cover.png", "media/none.png", "not a file of this folder"),
        ("01-module/01-lesson.en.md", "https://example.com/", "page:11111111-1111-1111-1111-111111111111", "not a page of this site"),
        ("course.en.md", "media/cover.png", "media/none.png", "course.en.md"),
        ("course.en.md", "level: beginner", "key: nonsense", "not a UUID"),
    ],
)  # fmt: skip
def test_one_wrong_line_refuses_everything(
    folder,
    parents,
    settings,
    name,
    old,
    new,
    says,
):
    file = folder / name
    changed = file.read_text().replace(old, new, 1)
    assert changed != file.read_text()
    file.write_text(changed)
    before, files = state(), stored_files(settings)
    with pytest.raises(CommandError, match="nothing was loaded") as caught:
        run("import_course", folder)
    assert says in str(caught.value)
    assert Path(name).name in str(caught.value)
    assert state() == before
    assert stored_files(settings) == files


def test_an_address_that_is_taken_is_named(folder, parents):
    loaded(folder, parents)
    for path in folder.rglob("*.md"):
        path.write_text(path.read_text().replace("code: tiny", "code: other"))
    with pytest.raises(CommandError, match=r"course\.en\.md:3: .*slug"):
        run("import_course", folder, language=["en"])


def zipped(folder, target, change=lambda archive: None):
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"tiny/{path.relative_to(folder)}")
        change(archive)
    return target


def link(archive):
    entry = zipfile.ZipInfo("tiny/media/link.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def bomb(archive):
    entry = zipfile.ZipInfo("tiny/media/bomb.csv")
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, b"0" * 50_000_000)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda archive: archive.writestr("../out.md", "x"), "leads out"),
        (lambda archive: archive.writestr("/etc/out.md", "x"), "leads out"),
        (lambda archive: archive.writestr("tiny/..\\out.md", "x"), "leads out"),
        (lambda archive: archive.writestr("tiny/COURSE.en.md", "x"), "twice"),
        (lambda archive: archive.writestr("tiny/big.md", "x" * 3_000_000), "limit"),
        (lambda archive: archive.writestr("other/course.en.md", "x"), "one folder"),
        (link, "not a plain file"),
        (bomb, "too tightly"),
    ],
)
def test_a_dangerous_zip_is_refused_by_name(
    folder,
    parents,
    settings,
    tmp_path,
    change,
    says,
):
    source = zipped(folder, tmp_path / "course.zip", change)
    before, files = state(), stored_files(settings)
    with pytest.raises(CommandError, match=says):
        run("import_course", source)
    assert state() == before
    assert stored_files(settings) == files
    assert not (tmp_path / "out.md").exists()


@pytest.mark.parametrize("cut", [0.2, 0.9])
def test_a_cut_zip_is_refused(folder, parents, tmp_path, cut):
    source = zipped(folder, tmp_path / "course.zip")
    content = source.read_bytes()
    source.write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(CommandError, match="damaged"):
        run("import_course", source)


@given(place=st.floats(0, 1), value=st.integers(0, 255))
@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_a_flipped_byte_never_imports_half(folder, parents, tmp_path, place, value):
    source = zipped(folder, tmp_path / "course.zip")
    content = bytearray(source.read_bytes())
    content[int(place * (len(content) - 1))] = value
    source.write_bytes(content)
    before = state()
    with contextlib.suppress(CommandError):
        run("import_course", source, dry_run=True)
    assert state() == before


def test_files_of_scripts_are_no_downloads(folder, parents):
    (folder / "media/page.html").write_text("<script>1</script>")
    for name in ("es", "en"):
        file = folder / "01-module" / f"01-lesson.{name}.md"
        block = "\n```download\ntitle: Page\nfile: media/page.html\n```\n"
        file.write_text(file.read_text() + block)
    with pytest.raises(CommandError, match="cannot be downloads"):
        run("import_course", folder)


def test_a_picture_that_is_none_is_refused(folder, parents):
    (folder / "media/cover.png").write_bytes(b"not a picture")
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_course", folder)


# --- rich text ------------------------------------------------------------------------


def test_registry_knows_what_was_loaded(folder, parents):
    loaded(folder, parents)
    lesson = LessonPage.objects.first()
    assert registry.item_of(lesson).course.code == "tiny"
    shutil.rmtree(folder)
