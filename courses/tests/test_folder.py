import pytest
from wagtail.images import get_image_model

from courses import demo, registry
from courses.course_folder import FolderError, read
from courses.models import (
    Course,
    CourseIndexPage,
    CoursePage,
    Item,
    LessonPage,
    QuizVersion,
)

KINDS = ["text", "heading", "image", "table", "callout", "code", "video", "quiz"]


def load(folder, parents):
    demo.load_folder(read(folder), parents, lambda text: None)


def counts():
    models = (CoursePage, LessonPage, Course, Item, QuizVersion, get_image_model())
    return [model.objects.count() for model in models]


def test_the_folder_becomes_pages_in_both_languages(folder, parents):
    load(folder, parents)
    spanish, english = LessonPage.objects.order_by("path")
    assert spanish.translation_key == english.translation_key
    assert [block.block_type for block in english.body] == KINDS
    assert [b.id for b in spanish.body] == [b.id for b in english.body]
    assert english.live
    course = CoursePage.objects.get(slug="Course")
    assert course.topic.name == "Course"
    assert [row.instructor.name for row in course.instructors.all()] == ["Marta"]
    assert course.image.description == "A line"


def test_both_languages_ask_the_same_question_ids(folder, parents):
    load(folder, parents)
    spanish, english = QuizVersion.objects.order_by("pk")
    assert spanish.item == english.item
    for version in (spanish, english):
        ids = [question["id"] for question in version.content["questions"]]
        assert ids == ["q1", "q2"]


def test_loading_again_changes_nothing(folder, parents):
    load(folder, parents)
    before = counts()
    revisions = [page.latest_revision_id for page in LessonPage.objects.order_by("pk")]
    load(folder, parents)
    assert counts() == before
    again = [page.latest_revision_id for page in LessonPage.objects.order_by("pk")]
    assert again == revisions


def test_loading_an_edited_file_updates_the_same_page(folder, parents):
    load(folder, parents)
    file = folder / "01-module" / "01-lesson.en.md"
    file.write_text(file.read_text().replace("First", "Second"), encoding="utf-8")
    before = counts()
    load(folder, parents)
    assert counts() == before
    english = LessonPage.objects.order_by("path").last()
    assert "Second" in str(english.body[0].value)


def test_catalogues_share_one_identity(parents):
    keys = {page.translation_key for page in CourseIndexPage.objects.all()}
    assert len(keys) == 1
    assert demo.catalogue("es") == parents["es"]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("course.en.md", "code: tiny", "code: other", "same code"),
        ("course.en.md", "---\ntitle", "title", "front matter"),
        ("01-module/01-lesson.en.md", "::: tip", "::: hint", "is not one of"),
        ("01-module/01-lesson.en.md", "id: film", "id: movie", "same blocks"),
        ("01-module/01-lesson.en.md", "slug: one-en", "", "title and slug"),
        ("01-module/01-lesson.en.md", "pass_mark: 50", "pass_mark: [", "expected"),
    ],
)
def test_a_folder_that_cannot_be_read_names_the_file(folder, name, old, new, says):
    file = folder / name
    file.write_text(file.read_text().replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FolderError) as caught:
        read(folder)
    assert says in str(caught.value)


def test_media_must_lie_inside_the_folder(folder, parents):
    file = folder / "01-module" / "01-lesson.en.md"
    text = file.read_text().replace("media/cover.png", "../../etc/passwd")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FolderError):
        load(folder, parents)


def test_a_missing_language_file_is_named(folder):
    (folder / "01-module" / "01-lesson.en.md").unlink()
    with pytest.raises(FolderError, match="missing"):
        read(folder)


def test_progress_survives_a_deleted_and_reloaded_course(folder, parents, alice):
    load(folder, parents)
    lesson = LessonPage.objects.order_by("path").last()
    item = registry.item_of(lesson)
    for page in CoursePage.objects.all():
        page.delete()
    load(folder, parents)
    item.refresh_from_db()
    assert item.retired_at is None
