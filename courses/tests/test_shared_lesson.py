"""One rendering of a lesson for all its readers: never stale, never another person's."""

import re

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Page, PageViewRestriction

from courses import enrolment, grants, shared_lesson
from courses.models import AccessGrant, CoursePage, LessonPage, VideoProgress
from courses.tests import make
from courses.tests.make import text, url

pytestmark = pytest.mark.django_db
CSRF = re.compile(r'(csrfmiddlewaretoken" value="|data-token=")\w+')
NONCE = re.compile(r' nonce="[^"]+"')  # no policy of ours names one
SIGNED = re.compile(r'(name="seen" value=")[^"]+')


def plain(answer):
    """The page without what is new in every answer, and without white space."""
    page = NONCE.sub("", SIGNED.sub(r"\1", CSRF.sub(r"\1", text(answer))))
    return re.sub(r"\s+", " ", page)


@pytest.fixture
def kept(monkeypatch):
    """How many answers came from a shared page."""
    seen = []
    answer = shared_lesson.answer

    def note(*arguments):
        found = answer(*arguments)
        if found is not None:
            seen.append(arguments[1].user.pk)
        return found

    monkeypatch.setattr(shared_lesson, "answer", note)
    return seen


@pytest.fixture
def course(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    page = make.course(lessons=3)
    film = get_document_model().objects.create(
        title="Film", file=ContentFile(b"film", "film.mp4")
    )
    make.lesson(
        page.get_children().first().specific,
        title="All kinds",
        completion="view+quiz",
        body=[
            {"type": "text", "value": f"<p>{make.SECRET}</p>"},
            {"type": "video", "id": "film", "value": {"title": "Own", "file": film.pk}},
            {"type": "download", "value": {"title": "Sheet", "file": film.pk}},
            make.quiz(attempts=2),
        ],
    )
    return page


@pytest.fixture
def lesson(course):
    return make.lessons_of(course)[-1]


def reader(client_of, user, course, lesson):
    """A browser whose next visit is answered from a shared page."""
    enrolment.enrol(user, make.row_of(course))
    browser = client_of(user)
    for _again in range(2):
        assert make.SECRET in text(browser.get(lesson.url))
    return browser


def both(browser, lesson, monkeypatch):
    """The lesson from the shared page, and rendered for this reader alone."""
    shared = browser.get(lesson.url)
    with monkeypatch.context() as alone:
        alone.setattr(shared_lesson, "answer", lambda *arguments: None)
        own = browser.get(lesson.url)
    return shared, own


def test_a_shared_page_says_what_the_readers_own_would(
    alice, bob, client_of, course, lesson, kept, monkeypatch
):
    first = make.lessons_of(course)[0]
    browser = reader(client_of, alice, course, lesson)
    other = reader(client_of, bob, course, lesson)

    def same():
        browser.get(lesson.url)  # a message is told once
        before = len(kept)
        for someone in (browser, other):
            shared, own = both(someone, lesson, monkeypatch)
            assert plain(shared) == plain(own)
            assert shared.headers.get("Cache-Control") == own.headers["Cache-Control"]
            assert shared.headers.get("Vary") == own.headers["Vary"]
            csp = "Content-Security-Policy"
            assert shared.headers[csp] == own.headers[csp]
        assert len(kept) == before + 2

    same()
    browser.post(url("complete", first.pk))
    same()
    beat = {"position": 9, "duration": 60, "played": "0-9", "seq": 1}
    assert browser.post(url("watch", lesson.pk, "film"), beat).status_code == 200
    same()
    answers = {f"q-{name}": value for name, value in make.WRONG.items()}
    quiz = url("quiz", lesson.pk, "quiz-r")
    browser.post(url("quiz-save", lesson.pk, "quiz-r"), {"q-q1": ["b"]})
    same()
    browser.post(quiz, answers)
    same()


def test_a_locked_row_says_why_on_a_shared_page(
    alice, client_of, course, lesson, kept, monkeypatch
):
    browser = reader(client_of, alice, course, lesson)
    course.sequential = True
    course.save_revision().publish()
    first = make.lessons_of(course)[0]
    for _again in range(2):
        browser.get(first.url)
    shared, own = both(browser, first, monkeypatch)
    assert len(kept) == 3
    assert plain(shared) == plain(own)
    assert "After the lessons before it" in text(shared)


def test_no_reader_is_shown_anything_of_another(
    alice, bob, make_user, client_of, course, lesson, kept
):
    """Alice's visits make the page; Bob reads it; Carla has no access."""
    first = reader(client_of, alice, course, lesson)
    first.post(url("complete", make.lessons_of(course)[0].pk))
    first.post(url("quiz-save", lesson.pk, "quiz-r"), {"q-q3": ["1.4"]})
    beat = {"position": 9, "duration": 60, "played": "0-9", "seq": 1}
    first.post(url("watch", lesson.pk, "film"), beat)
    mine = text(first.get(lesson.url))
    assert 'value="1.4"' in mine
    assert 'data-start="9"' in mine
    second = reader(client_of, bob, course, lesson)
    theirs = text(second.get(lesson.url))
    assert kept[-1] == bob.pk
    for own in ("1.4", "data-start", "Alice", "alice@", "Saved ("):
        assert own not in theirs
    assert 'value="0"' in theirs  # of the progress bar
    tokens = [set(CSRF.sub("", page).split()) for page in (mine, theirs)]
    assert tokens[0] != tokens[1]
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)', mine)[1]
    assert token not in theirs
    stranger = client_of(make_user("Carla"))
    closed = text(stranger.get(lesson.url))
    assert make.SECRET not in closed
    assert "Alice" not in closed


def test_access_that_ends_is_refused_at_once(alice, client_of, course, lesson, kept):
    CoursePage.objects.update(access="subscribers")
    grants.grant(alice, scope="all", source_kind="gift", source_ref="1")
    browser = reader(client_of, alice, course, lesson)
    assert make.SECRET in text(browser.get(lesson.url))
    assert kept
    AccessGrant.objects.all().delete()
    assert make.SECRET not in text(browser.get(lesson.url))
    grants.grant(alice, scope="all", source_kind="gift", source_ref="2")
    assert make.SECRET in text(browser.get(lesson.url))
    LessonPage.objects.filter(pk=lesson.pk).update(unlock_on="2100-01-01T00:00Z")
    assert make.SECRET not in text(browser.get(lesson.url))


def test_a_restriction_of_wagtail_closes_it_at_once(alice, client_of, course, lesson):
    browser = reader(client_of, alice, course, lesson)
    restriction = PageViewRestriction.objects.create(
        page=course, restriction_type="groups"
    )
    assert make.SECRET not in text(browser.get(lesson.url))
    restriction.delete()
    assert make.SECRET in text(browser.get(lesson.url))


def changed_text(course, lesson):
    lesson.body = [("text", f"<p>{make.SECRET}, then red</p>")]
    lesson.save_revision().publish()
    return "then red"


def changed_course(course, lesson):
    course.title = "Another name"
    course.save_revision().publish()
    return "Another name"


def changed_by_a_shell(course, lesson):
    LessonPage.objects.filter(pk=lesson.pk).update(summary="One more line")
    return "One more line"


def changed_file(course, lesson):
    document = get_document_model().objects.get()
    document.file.save("book.pdf", ContentFile(b"%PDF-"))
    document.file_size = None
    document.save()
    return "PDF"


def changed_menu(course, lesson):
    home = course.get_parent().get_parent()
    make.published(home, Page(title="Prices now", slug="now", show_in_menus=True))
    return "Prices now"


def cleared_cache(course, lesson):
    cache.clear()
    return make.SECRET


@pytest.mark.parametrize(
    "change",
    [
        changed_text,
        changed_course,
        changed_by_a_shell,
        changed_file,
        changed_menu,
        cleared_cache,
    ],
)
def test_a_change_is_read_at_once(
    change, alice, client_of, course, lesson, kept, monkeypatch
):
    browser = reader(client_of, alice, course, lesson)
    browser.get(lesson.url)
    assert kept
    assert change(course, lesson) in text(browser.get(lesson.url))
    for _again in range(2):
        shared, own = both(browser, lesson, monkeypatch)
        assert plain(shared) == plain(own)


def test_a_draft_or_a_persona_is_never_kept_or_given(
    alice, editor, client_of, course, lesson, kept
):
    browser = reader(client_of, alice, course, lesson)
    before = len(kept)
    lesson.body = [("text", "<p>Only a draft</p>")]
    lesson.save_revision()
    author = client_of(editor)
    for mode in ("", "free", "finished"):
        shown = author.get(f"/admin/pages/{lesson.pk}/view_draft/?mode={mode}")
        assert "Only a draft" in text(shown)
    assert len(kept) == before
    page = text(browser.get(lesson.url))
    assert make.SECRET in page
    assert "Only a draft" not in page
    for _again in range(2):
        team = text(author.get(lesson.url))
        assert "userbar" in team
    assert editor.pk not in kept
    assert "userbar" not in text(browser.get(lesson.url))


def test_a_message_is_shown_once_and_to_one(
    alice, bob, client_of, course, lesson, kept
):
    browser = reader(client_of, alice, course, lesson)
    other = reader(client_of, bob, course, lesson)
    browser.post(url("complete", lesson.pk))
    told = text(browser.get(lesson.url))
    assert "alert-" in told
    assert "alert-" not in text(other.get(lesson.url))
    assert "alert-" not in text(browser.get(lesson.url))


def test_each_look_and_day_has_a_page_of_its_own(
    alice, client_of, course, lesson, kept, monkeypatch
):
    browser = reader(client_of, alice, course, lesson)
    assert 'data-theme="system"' in text(browser.get(lesson.url))
    browser.cookies["theme"] = "dark"
    for _again in range(2):
        shared, own = both(browser, lesson, monkeypatch)
        assert plain(shared) == plain(own)
    assert 'data-theme="dark"' in text(shared)
    del browser.cookies["theme"]
    made = []
    make_page = shared_lesson._make
    monkeypatch.setattr(
        shared_lesson, "_make", lambda *given: made.append(1) or make_page(*given)
    )
    browser.get(lesson.url)
    assert not made
    monkeypatch.setattr(shared_lesson, "localdate", lambda: "tomorrow")
    browser.get(lesson.url)
    assert made == [1]


def test_two_languages_share_the_progress_but_not_the_page(
    alice, client_of, course, lesson, kept, monkeypatch
):
    browser = reader(client_of, alice, course, lesson)
    spanish = make.translated(lesson)
    cache.clear()  # Wagtail keeps the roots of the site
    beat = {"position": 9, "duration": 60, "played": "0-9", "seq": 1}
    browser.post(url("watch", lesson.pk, "film"), beat)
    assert VideoProgress.objects.get().position == 9
    for _again in range(2):
        browser.get(spanish.url)
    shared, own = both(browser, spanish, monkeypatch)
    assert plain(shared) == plain(own)
    assert 'lang="es"' in text(shared)
    assert 'data-start="9"' in text(shared)
