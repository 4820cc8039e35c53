"""What the feature list promises of the pages people see, asked of the pages themselves."""

import re

import pytest
from django.core.management import call_command
from wagtail.documents import get_document_model

from courses import demo
from courses.blocks import LessonBlock
from courses.course_folder import read
from courses.models import Instructor, LessonPage
from courses.tests import make
from courses.tests.make import text
from courses.tests.test_media_blocks import VTT, document

pytestmark = pytest.mark.django_db


def block(kind, **value):
    return {"type": kind, "id": f"{kind}-1", "value": value}


def open_lesson(body):
    """A lesson that everybody may read."""
    course = make.course(slug="open", lessons=1)
    module = course.get_children().first().specific
    return make.lesson(module, title="Blocks", preview=True, body=body)


def test_the_sitemap_has_the_course_and_no_gated_lesson(client):
    course = make.course(access="subscribers", lessons=2)
    gated, sample = make.lessons_of(course)
    sample.preview = True
    sample.save_revision().publish()
    places = text(client.get("/sitemap.xml"))
    assert f"{course.url}</loc>" in places
    assert f"{sample.url}</loc>" in places
    assert gated.url not in places


@pytest.mark.parametrize("level", ["home", "catalogue", "course", "lesson"])
def test_every_page_describes_itself_to_social_networks(level, client):
    course = make.course(search_description="Lose little, often")
    page = {
        "home": make.home(),
        "catalogue": make.catalogue(),
        "course": course,
        "lesson": make.lessons_of(course)[0],
    }[level]
    head = text(client.get(page.url)).partition("</head>")[0]
    told = dict(
        re.findall(
            r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', head
        )
    )
    assert page.title in told["og:title"]
    assert told["og:type"] == "website"
    assert told["og:url"].endswith(page.url)
    assert told["twitter:card"].startswith("summary")
    if level == "course":
        assert told["og:description"] == "Lose little, often"


def test_the_course_page_sells(client):
    course = make.course(
        outcomes=[block("text") | {"value": "Size a trade"}],
        requirements=[block("text") | {"value": "A calculator"}],
        audience="Whoever trades",
        faq=[block("question", question="How long?", answer="Nine minutes.")],
        description=[block("quote", text="I look at my rules now.", source="Lucía")],
    )
    marta = Instructor.objects.create(
        name="Marta Ibarra", role="Head of studies", locale=course.locale
    )
    course.instructors.create(instructor=marta)
    course.save_revision().publish()
    shown = text(client.get(course.url))
    for words in ("Size a trade", "A calculator", "Whoever trades", "How long?",
                  "Nine minutes.", "Marta Ibarra", "Head of studies",
                  "I look at my rules now.", "Lucía"):  # fmt: skip
        assert words in shown, words


def test_a_quote_leaves_and_comes_back_with_its_course(tmp_path, client):
    quote = block("quote", text="I look at my rules now.", source="Lucía")
    course = make.course(description=[quote])
    code = make.row_of(course).code
    call_command("export_course", code, str(tmp_path / "out"))
    course.description = []
    course.save_revision().publish()
    call_command("import_course", str(tmp_path / "out"), language=["en"])
    assert "I look at my rules now." in text(client.get(course.url))


@pytest.mark.parametrize(
    ("access", "holds", "label"),
    [
        ("free", False, "Free"),
        ("subscribers", False, "Subscribers"),
        ("subscribers", True, "Included in your plan"),
    ],
)
def test_a_badge_says_what_the_course_asks_for(access, holds, label, alice, client_of):
    from courses import grants

    course = make.course(access=access)
    if holds:
        grants.grant(alice, scope="all", source_kind="gift", source_ref="g")
    badges = re.findall(
        r'class="badge[^>]*>(.*?)</span>\s',
        text(client_of(alice).get(course.url)),
        re.DOTALL,
    )
    assert label in " ".join(badges)


@pytest.mark.parametrize("provider", ["youtube", "vimeo"])
def test_a_video_from_elsewhere_waits_for_a_click(provider, client):
    number = {"youtube": "aqz-KE-bpKQ", "vimeo": "76979871"}[provider]
    film = block("video", title="Film", provider=provider, video_id=number, length="1:00",
                 file=None, poster=None, captions=None, transcript="A line.")  # fmt: skip
    shown = text(client.get(open_lesson([film]).url))
    host = {"youtube": "www.youtube-nocookie.com", "vimeo": "player.vimeo.com"}[
        provider
    ]
    assert re.search(rf'data-embed="https://{host}/[^"]*{number}', shown)
    assert "<iframe" not in shown
    assert "A line." in shown


def test_an_own_video_plays_here_with_captions_and_transcript(client):
    mp4, vtt = document("film.mp4", b"0" * 20), document("film.vtt", VTT.encode())
    film = block("video", title="Film", file=mp4.pk, captions=vtt.pk, provider="",
                 video_id="", length="1:30", poster=None, transcript="")  # fmt: skip
    lesson = open_lesson([film])
    shown = text(client.get(lesson.url))
    files = f"/en/learn/lessons/{lesson.pk}/files"
    assert re.search(rf'<video controls[^>]*src="{files}/{mp4.pk}/', shown)
    assert re.search(rf'<track kind="captions" src="{files}/{vtt.pk}/"', shown)
    assert 'data-second="83"' in shown
    assert "The lamp is green &amp; low" in shown
    assert get_document_model().objects.count() == 2


def test_code_is_coloured_and_names_its_language(client):
    code = block(
        "code", language="python", code="def size(risk):\n    return risk", caption=""
    )
    shown = text(client.get(open_lesson([code]).url))
    assert "data-code" in shown
    assert "<span>Python</span>" in shown
    assert re.search(r'<span class="k">def</span>', shown)
    assert "ami/js/lesson" in shown  # which adds the button that copies


def test_every_block_of_a_lesson_is_shown(client):
    """Text, callout, accordion, table, mathematics and the rest, as their previews say."""
    kinds = LessonBlock().child_blocks
    body = [(kind, one.get_preview_value()) for kind, one in kinds.items()]
    lesson = open_lesson([])
    lesson.body = body
    lesson.save_revision().publish()
    shown = text(client.get(lesson.url))
    for sign in ("<h2", "callout", "<summary>", "<table", "<math", "data-embed",
                 "data-code", "<form", "video-facade"):  # fmt: skip
        assert sign in shown, sign


def test_the_demo_courses_use_every_block():
    folders = [path for path in demo.FOLDER.iterdir() if path.is_dir()]
    used = {
        one.kind
        for folder in folders
        for module in read(folder).modules
        for lesson in module.lessons
        for file in lesson.files.values()
        for one in file.blocks
    }
    assert used == set(LessonBlock().child_blocks)


def test_a_lesson_shows_its_quiz_without_its_key(alice, client_of):
    course = make.with_quiz()
    lesson = make.enrolled(alice, course)[-1]
    shown = text(client_of(alice).get(lesson.url))
    for words in ("What is R?", "Question q1", "Question q3", "Entry"):
        assert words in shown
    assert make.KEYED not in shown
    assert LessonPage.objects.get(pk=lesson.pk).body[0].block_type == "quiz"
