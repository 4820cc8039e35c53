import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from courses import grants, quiz
from courses.models import ModulePage, VideoProgress
from courses.tests import make
from courses.tests.make import enrolled, text, url
from website.models import ContentPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return make.course(lessons=2, modules=2)


@pytest.fixture
def paid():
    return make.course(title="Paid", slug="paid", access="subscribers", lessons=2)


# -- quizzes -------------------------------------------------------------------


@pytest.fixture
def quizzed(course):
    module = ModulePage.objects.child_of(course).first()
    return make.lesson(module, title="Quiz", completion="quiz", body=[make.quiz()])


def posted(answers):
    return {f"q-{name}": value for name, value in answers.items()}


def test_the_key_is_not_in_the_page_before_grading(alice, client_of, course, quizzed):
    enrolled(alice, course)
    page = text(client_of(alice).get(quizzed.url))
    assert "How much is 1R" not in page
    assert "Question q1" in page
    assert make.KEYED not in page
    assert "correct" not in page.lower()
    assert "0.05" not in page


def test_answering_without_javascript_leads_back_to_the_result(
    alice, client_of, course, quizzed
):
    enrolled(alice, course)
    browser = client_of(alice)
    answer = browser.post(url("quiz", quizzed.pk, "quiz-r"), posted(make.RIGHT))
    assert answer.url == f"{quizzed.url}#quiz-quiz-r"
    page = text(browser.get(quizzed.url))
    assert "Passed with 100%" in page
    assert make.KEYED in page


def test_answering_with_htmx_gives_the_result_in_place(
    alice, client_of, course, quizzed
):
    enrolled(alice, course)
    answer = client_of(alice).post(
        url("quiz", quizzed.pk, "quiz-r"),
        posted(make.WRONG),
        headers={"HX-Request": "true"},
    )
    assert "Not passed yet: 0%" in text(answer)
    assert make.KEYED not in text(answer)
    assert "Try again" in text(answer)


def test_an_open_question_is_named(alice, client_of, course, quizzed):
    enrolled(alice, course)
    answer = client_of(alice).post(
        url("quiz", quizzed.pk, "quiz-r"),
        posted({**make.RIGHT, "q2": []}),
        headers={"HX-Request": "true"},
    )
    assert "Question 2: choose an answer." in text(answer)


def test_trying_again_shows_an_empty_form(alice, client_of, course, quizzed):
    enrolled(alice, course)
    quiz.submit(alice, quizzed, "quiz-r", make.WRONG)
    page = text(client_of(alice).get(quizzed.url + "?again=quiz-r"))
    assert "Check my answers" in page


def test_answering_is_refused_to_strangers(client, bob, client_of, course, quizzed):
    address = url("quiz", quizzed.pk, "quiz-r")
    assert "/accounts/login/" in client.post(address, posted(make.RIGHT)).url
    assert client_of(bob).post(address, posted(make.RIGHT)).status_code == 403


def test_a_quiz_that_is_not_there_is_404(alice, client_of, course, quizzed):
    enrolled(alice, course)
    answer = client_of(alice).post(url("quiz", quizzed.pk, "nothing"), {})
    assert answer.status_code == 404


# -- video and files -----------------------------------------------------------


@pytest.fixture
def document(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    model = get_document_model()
    return model.objects.create(
        title="film", file=ContentFile(b"0123456789", name="film.mp4")
    )


def film_block(document):
    value = {
        "title": "Film",
        "file": document.pk,
        "provider": "",
        "video_id": "",
        "poster": None,
        "captions": None,
        "transcript": "",
    }
    return {"type": "video", "id": "film", "value": value}


@pytest.fixture
def filmed(paid, document):
    module = ModulePage.objects.child_of(paid).first()
    return make.lesson(module, title="Film", body=[film_block(document)])


@pytest.fixture
def reader(alice, client_of, filmed):
    grants.grant(alice, scope="all", source_kind="gift")
    return client_of(alice)


BEAT = {"position": 12, "duration": 60, "played": "2-12", "seq": 1}


def test_the_player_resumes_where_it_stopped(reader, filmed):
    answer = reader.post(url("watch", filmed.pk, "film"), BEAT)
    assert answer.json() == {"position": 12, "percent": 16, "done": False}
    assert 'data-start="12"' in text(reader.get(filmed.url))


def test_a_report_without_sense_is_named(reader, filmed):
    answer = reader.post(url("watch", filmed.pk, "film"), {**BEAT, "position": "x"})
    assert answer.status_code == 400
    assert "position" in answer.json()["errors"]
    assert not VideoProgress.objects.exists()


def test_a_report_of_a_locked_or_unknown_video_is_refused(
    reader, bob, client_of, filmed
):
    assert client_of(bob).post(url("watch", filmed.pk, "film"), BEAT).status_code == 403
    assert reader.post(url("watch", filmed.pk, "other"), BEAT).status_code == 404


def body_of(answer):
    return b"".join(answer.streaming_content)


def test_files_are_for_readers_only(reader, client, filmed, document):
    address = url("lesson-file", filmed.pk, document.pk)
    assert body_of(reader.get(address)) == b"0123456789"
    assert client.get(address).status_code == 403
    assert client.get(document.url).status_code == 403
    assert reader.get(document.url).status_code == 200


def test_a_file_nothing_mentions_is_public(client, document):
    assert client.get(document.url).status_code == 200


def linked(document):
    return f'<p><a linktype="document" id="{document.pk}">Read</a></p>'


@pytest.mark.parametrize("kind", ["video", "link"])
def test_a_file_in_an_unpublished_change_is_for_staff(
    alice, client, editor, client_of, paid, document, kind
):
    """The change is only in the newest revision; the published lesson has no file."""
    grants.grant(alice, scope="all", source_kind="gift")
    reader = client_of(alice)
    lesson = make.lessons_of(paid)[0]
    if kind == "video":
        lesson.body = [film_block(document)]
    else:
        lesson.body = [{"type": "text", "id": "t", "value": linked(document)}]
    lesson.save_revision()
    assert client.get(document.url).status_code == 403
    assert reader.get(document.url).status_code == 403
    assert client_of(editor).get(document.url).status_code == 200
    lesson.save_revision().publish()
    assert client.get(document.url).status_code == 403
    assert reader.get(document.url).status_code == 200


def test_a_file_of_a_lesson_never_published_is_for_staff(
    reader, client, editor, client_of, filmed, document
):
    filmed.unpublish()
    assert client.get(document.url).status_code == 403
    assert reader.get(document.url).status_code == 403
    assert client_of(editor).get(document.url).status_code == 200


def test_a_draft_elsewhere_opens_no_file_of_a_lesson(
    client, editor, client_of, filmed, document
):
    page = make.home().add_child(
        instance=ContentPage(
            title="Plan",
            slug="plan",
            live=False,
            body=[{"type": "text", "value": linked(document)}],
        )
    )
    assert client.get(document.url).status_code == 403
    page.save_revision().publish()
    assert client.get(document.url).status_code == 200  # the editor's own choice


def test_a_file_of_a_draft_page_alone_is_for_staff(client, editor, client_of, document):
    page = make.home().add_child(
        instance=ContentPage(
            title="Plan",
            slug="plan",
            live=False,
            body=[{"type": "text", "value": linked(document)}],
        )
    )
    assert client.get(document.url).status_code == 403
    assert client_of(editor).get(document.url).status_code == 200
    page.save_revision().publish()
    assert client.get(document.url).status_code == 200


def test_files_are_served_in_ranges(reader, filmed, document):
    address = url("lesson-file", filmed.pk, document.pk)
    answer = reader.get(address, headers={"Range": "bytes=2-4"})
    assert (answer.status_code, body_of(answer)) == (206, b"234")
    assert answer["Content-Range"] == "bytes 2-4/10"
    assert body_of(reader.get(address, headers={"Range": "bytes=-3"})) == b"789"
    assert reader.get(address, headers={"Range": "bytes=99-"}).status_code == 416


def test_a_file_of_another_lesson_is_404(reader, paid, document):
    other = make.lessons_of(paid)[0]
    assert reader.get(url("lesson-file", other.pk, document.pk)).status_code == 404
