"""Notes and bookmarks: at a block or a second, undo, search, files, other people's rows."""

import csv
import io

import pytest

from courses import enrolment, notes
from courses.models import Bookmark, Course, LessonPage, Note
from courses.tests import make
from courses.tests.make import text, url

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
BODY = [
    {"type": "heading", "id": "h-1", "value": {"text": "The stop", "level": "2"}},
    {"type": "text", "id": "p-1", "value": "<p>Where you <b>get out</b>.</p>"},
    {
        "type": "video",
        "id": "v-1",
        "value": {"title": "A trade", "provider": "youtube", "video_id": "dQw4w9WgXcQ"},
    },
]


@pytest.fixture
def lesson(alice):
    page = make.course(lessons=2)
    enrolment.enrol(alice, Course.objects.get(key=page.translation_key))
    lesson = make.lessons_of(page)[0]
    lesson.body = BODY
    lesson.save_revision().publish()
    return LessonPage.objects.get(pk=lesson.pk)


@pytest.fixture
def browser(alice, client_of):
    return client_of(alice)


def written(browser, lesson, note="Mind the gap", **fields):
    answer = browser.post(url("lesson-notes", lesson.pk), {"text": note, **fields})
    assert answer.status_code == 302, text(answer)
    return Note.objects.latest("pk")


def test_the_lesson_page_has_a_place_for_every_block_and_loads_notes_later(
    browser, lesson
):
    page = text(browser.get(lesson.url))
    assert 'id="block-p-1"' in page
    assert f'hx-get="{url("lesson-notes", lesson.pk)}"' in page


def test_a_note_at_a_paragraph_leads_back_to_it(browser, lesson):
    note = written(browser, lesson, place="p-1")
    assert (note.block_id, note.second) == ("p-1", None)
    assert note.quote == "Where you get out."
    page = text(browser.get(url("lesson-notes", lesson.pk)))
    assert f'href="{lesson.url}#block-p-1"' in page
    assert "Mind the gap" in page


@pytest.mark.parametrize(
    ("at", "second"), [("1:23", 83), ("83", 83), ("1:00:01", 3601)]
)
def test_a_note_at_a_second_belongs_to_the_video(browser, lesson, at, second):
    note = written(browser, lesson, at=at)
    assert (note.block_id, note.second) == ("v-1", second)
    page = text(browser.get(url("lesson-notes", lesson.pk)))
    assert f"?t={second}#block-v-1" in page
    assert notes.clock(second) in page


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"at": "soon"}, "Write the time as minutes:seconds, such as 1:23."),
        ({"at": "5", "place": "p-1"}, "Choose the video this time belongs to."),
        ({"place": "elsewhere"}, "Select a valid choice"),
        ({"text": " "}, "This field is required."),
    ],
)
def test_a_note_says_what_is_wrong_with_it(browser, lesson, fields, message):
    address = url("lesson-notes", lesson.pk)
    for headers in ({}, PART):
        answer = browser.post(address, {"text": "x", **fields}, headers=headers)
        assert answer.status_code == 200
        assert message in text(answer)
    assert not Note.objects.exists()


def test_a_note_is_edited_with_and_without_htmx(browser, lesson):
    note = written(browser, lesson)
    address = url("note-edit", note.pk)
    assert "Mind the gap" in text(browser.get(address))
    field = f"note-{note.pk}-text"
    assert browser.post(address, {field: "Better"}).url == url("my-notes")
    answer = browser.post(address, {field: "Best"}, headers=PART)
    assert "Best" in text(answer)
    note.refresh_from_db()
    assert note.text == "Best"


def test_a_deleted_note_comes_back_as_it_was(browser, lesson):
    note = written(browser, lesson, place="p-1")
    answer = browser.post(
        url("note-delete", "note", note.pk), {"next": url("lesson-notes", lesson.pk)}
    )
    assert not Note.objects.exists()
    page = text(browser.get(answer.url))
    assert "Note deleted." in page
    number = answer.url.partition("gone=")[2]
    browser.post(url("note-undo", number))
    again = Note.objects.get()
    assert (again.text, again.block_id, again.quote, again.created_at) == (
        note.text,
        note.block_id,
        note.quote,
        note.created_at,
    )
    assert browser.post(url("note-undo", number)).status_code == 404


def test_undo_with_htmx_gives_the_row_again(browser, lesson):
    note = written(browser, lesson)
    gone = browser.post(url("note-delete", "note", note.pk), headers=PART)
    number = next(iter(browser.session["courses-marks-taken-away"]))
    assert url("note-undo", number) in text(gone)
    assert "Mind the gap" in text(browser.post(url("note-undo", number), headers=PART))


def test_a_bookmark_is_set_and_taken_away(browser, lesson):
    address = url("bookmark", lesson.pk)
    browser.post(address, {"place": "h-1"})
    assert Bookmark.objects.get().quote == "The stop"
    assert "The stop" in text(browser.get(url("my-notes")))
    browser.post(address, {"place": "h-1"})
    assert not Bookmark.objects.exists()


def test_other_peoples_marks_are_404(bob, client_of, browser, lesson):
    note = written(browser, lesson)
    browser.post(url("bookmark", lesson.pk), {"place": ""})
    theirs = client_of(bob)
    for name, args in (
        ("note", [note.pk]),
        ("note-edit", [note.pk]),
        ("note-undo", ["abcd"]),
        ("note-delete", ["note", note.pk]),
        ("note-delete", ["bookmark", Bookmark.objects.get().pk]),
        ("note-delete", ["user", bob.pk]),
    ):
        call = theirs.get if name == "note" else theirs.post
        assert call(url(name, *args), {"text": "mine"}).status_code == 404
    assert "Mind the gap" not in text(theirs.get(url("my-notes")))
    assert "Mind the gap" not in text(theirs.get(url("notes-export", "csv")))


def test_notes_are_for_readers_of_the_lesson(client, bob, client_of, lesson):
    address = url("lesson-notes", lesson.pk)
    assert "/accounts/login/" in client.get(address).url
    assert client_of(bob).get(address).status_code == 403
    assert client_of(bob).post(address, {"text": "hi"}).status_code == 403


def test_my_notes_are_found_by_words_and_survive_the_lesson(browser, lesson):
    written(browser, lesson, "Café con riesgo", place="p-1")
    written(browser, lesson, "Other")
    found = text(browser.get(url("my-notes") + "?q=cafe+RIESGO"))
    assert "Café con riesgo" in found
    assert "Other" not in found
    assert f'href="{lesson.url}#block-p-1"' in found
    assert "No note matches" in text(browser.get(url("my-notes") + "?q=zzz"))
    lesson.delete()
    page = text(browser.get(url("my-notes")))
    assert "Lesson 1.1" in page
    assert "no longer in the course" in page
    assert "Café con riesgo" in page


def test_marks_of_a_lapsed_student_stay_theirs(alice, browser, lesson):
    note = written(browser, lesson)
    enrolment.withdraw(alice, Course.objects.get(), reason="left", actor=alice)
    assert browser.get(url("lesson-notes", lesson.pk)).status_code == 403
    assert "Mind the gap" in text(browser.get(url("my-notes")))
    browser.post(url("note-delete", "note", note.pk))
    assert not Note.objects.exists()


def test_notes_leave_as_markdown_and_csv(browser, lesson):
    written(browser, lesson, "=1+1\nsecond line", at="0:05")
    answer = browser.get(url("notes-export", "markdown"))
    assert "attachment" in answer["Content-Disposition"]
    lines = text(answer).splitlines()
    assert lines[0] == "# My notes"
    assert f"(http://testserver{lesson.url}?t=5#block-v-1)" in text(answer)
    assert "  second line" in lines
    rows = list(csv.reader(io.StringIO(text(browser.get(url("notes-export", "csv"))))))
    assert rows[0][:4] == ["Course", "Lesson", "Place", "Note"]
    assert rows[1][:4] == ["Risk", "Lesson 1.1", "0:05 · A trade", "'=1+1\nsecond line"]
    assert browser.get(url("notes-export", "docx")).status_code == 404


def test_my_notes_ask_the_same_for_many(
    alice, browser, lesson, django_assert_max_num_queries
):
    counts = []
    for many in (3, 40):
        for number in range(many):
            Note.objects.create(user=alice, item_id=lesson.key, text=str(number))
        browser.get(url("my-notes"))
        with django_assert_max_num_queries(60) as asked:
            browser.get(url("my-notes"))
        counts.append(
            len([one for one in asked.captured_queries if "courses_" in one["sql"]])
        )
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_the_notes_of_a_lesson_are_in_the_language_of_the_address(alice, client_of):
    first = make.enrolled(alice, make.course(lessons=1))[0]
    other = make.translated(first)
    other.title = "Lección"
    other.save_revision().publish()
    student = client_of(alice)
    here = make.url("lesson-notes", first.pk)
    assert "Lesson 1.1" in make.text(student.get(here))
    answer = student.get(here.replace("/en/", "/es/"), follow=True)
    assert answer.redirect_chain
    assert "Lección" in make.text(answer)
