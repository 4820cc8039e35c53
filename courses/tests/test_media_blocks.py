import io
import wave

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from courses import captions, embeds, maths, media_length
from courses.blocks import LessonBlock
from courses.tests import make

VTT = """WEBVTT

NOTE made by hand

1
00:00.000 --> 00:02.000 line:8%
<v Ana>Buy at <b>50</b>

01:23.400 --> 01:25.000
The lamp is green &amp; low
"""


def document(name, content):
    row = get_document_model()(title=name)
    row.file = ContentFile(content, name=name)
    row._set_document_file_metadata()
    row.save()
    return row


def sound(seconds=3):
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(b"\x80" * 8000 * seconds)
    return target.getvalue()


def test_captions_become_lines_with_times():
    cues = captions.parse(VTT)
    assert [(cue.clock, cue.second, cue.text) for cue in cues] == [
        ("0:00", 0, "Ana: Buy at 50"),
        ("1:23", 83, "The lamp is green & low"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", "Line 1"),
        ("WEBVTT\n\n00:02.000 -> 00:03.000\nx", "Line 3"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "Line 3"),
        (
            "WEBVTT\n\n00:05.000 --> 00:06.000\nx\n\n00:01.000 --> 00:02.000\ny",
            "Line 6",
        ),
        ("WEBVTT\n\nname\n0:2 --> 00:03.000\nx", "Line 4"),
    ],
)
def test_broken_captions_name_the_line(text, line):
    with pytest.raises(captions.CaptionsError, match=line):
        captions.parse(text)


@pytest.mark.parametrize(
    ("formula", "place"),
    [
        (r"\frac{a}{", "Line 1, character 9"),
        ("a\n+ \\nothing", "Line 2, character 3"),
        (r"\left( x", "Line 1, character 1"),
        (r"\href{javascript:alert(1)}{x}", "Line 1, character 1"),
        ("a }", "Line 1, character 3"),
    ],
)
def test_a_mistake_in_a_formula_is_named_with_its_place(formula, place):
    with pytest.raises(maths.FormulaError, match=place):
        maths.check(formula)


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</math><img src=x onerror=alert(1)>"]
)
def test_nothing_but_mathematics_comes_out_of_a_formula(text):
    shown = maths.mathml(rf"\text{{{text}}}")
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.count("</math>") == 1


def test_formulas_stand_in_a_line_of_text():
    shown = maths.with_formulas(r"<p>Risk \(R = \frac{a}{b}\) and \(a &lt; b\)</p>")
    assert shown.count('display="inline"') == 2
    assert "<mfrac>" in shown
    assert r"\(" not in shown


@pytest.mark.parametrize(
    ("address", "frame"),
    [
        ("https://www.tradingview.com/symbols/NASDAQ-AAPL/",
         "https://s.tradingview.com/widgetembed/?symbol=NASDAQ%3AAAPL&interval=D"),
        ("https://codepen.io/ana/pen/abcDEF", "https://codepen.io/ana/embed/abcDEF?default-tab=result"),
        ("https://www.loom.com/share/" + "a1" * 16, "https://www.loom.com/embed/" + "a1" * 16),
        ("http://www.loom.com/share/" + "a1" * 16, None),
        ("https://evil.example/https://codepen.io/ana/pen/abcDEF", None),
        ("https://codepen.io.evil.example/ana/pen/abcDEF", None),
        ("javascript:alert(1)", None),
        ("https://docs.google.com/forms/d/abcdefghijklmnopqrstuvwxyz", None),
    ],
)  # fmt: skip
def test_only_known_addresses_are_embedded(address, frame):
    found = embeds.find(address)
    assert (found.url if found else None) == frame


def clean(kind, **value):
    block = LessonBlock().child_blocks[kind]
    return block.clean(block.to_python(value))


@pytest.mark.django_db
def test_the_editor_is_told_what_is_wrong_with_captions():
    broken = document("a.vtt", b"WEBVTT\n\n00:02.000 --> 00:01.000\nx")
    with pytest.raises(ValidationError) as error:
        clean("video", title="1R", provider="youtube", video_id="aqz-KE-bpKQ",
              captions=broken.pk)  # fmt: skip
    assert "Line 3" in str(error.value.block_errors["captions"])


@pytest.mark.django_db
def test_the_length_of_an_own_file_is_read_from_it():
    tape = document("tape.wav", sound(3))
    assert media_length.of(tape) == 3
    assert (
        clean("audio", title="Tape", file=tape.pk, transcript="Clicks")["length"]
        == "0:03"
    )
    with pytest.raises(ValidationError):
        clean("audio", title="Tape", file=tape.pk)


@pytest.mark.django_db
def test_formulas_and_addresses_are_checked_in_the_editor():
    for kind, value in [
        ("formula", {"formula": r"\frac{a}{", "display": "block"}),
        ("embed", {"title": "x", "address": "https://example.com/"}),
        ("text", r"<p>\(\nothing\)</p>"),
    ]:
        block = LessonBlock().child_blocks[kind]
        given = block.to_python(value)
        with pytest.raises(ValidationError):
            block.clean(given)


@pytest.fixture
def lesson(db):
    course = make.course(lessons=1, access="free")
    module = course.get_children().first().specific
    tape, vtt = document("tape.wav", sound()), document("tape.vtt", VTT.encode())
    part = {
        "type": "item",
        "id": "p1",
        "value": {"title": "But?", "text": "<p>Yes</p>"},
    }
    body = [
        {"type": "audio", "id": "tape", "value": {
            "title": "Tape", "file": tape.pk, "captions": vtt.pk, "transcript": "",
            "length": "0:03"}},
        {"type": "accordion", "id": "acc", "value": {"parts": [part]}},
        {"type": "formula", "id": "f", "value": {
            "formula": "a^2", "display": "block", "caption": "Square"}},
        {"type": "embed", "id": "e", "value": {"title": "Chart", "caption": "",
            "address": "https://www.tradingview.com/symbols/NASDAQ-AAPL/"}},
    ]  # fmt: skip
    return make.lesson(module, title="Blocks", body=body, preview=True)


def test_the_page_shows_every_new_block(client, lesson):
    answer = client.get(f"{lesson.url}?t=83&v=tape")
    html = answer.content.decode()
    assert "<summary>But?" in html
    assert "<msup>" in html
    assert "<iframe" not in html  # nothing outside before a click
    assert 'data-second="83"' in html
    assert 'data-start="83"' in html
    assert "https://s.tradingview.com" in answer["Content-Security-Policy"]


def test_other_pages_frame_no_outside_site(client, lesson):
    other = make.lesson(lesson.get_parent().specific, title="Plain", preview=True)
    policy = client.get(other.url)["Content-Security-Policy"]
    assert "tradingview" not in policy


def test_audio_is_served_to_readers_only(client, lesson):
    from django.urls import reverse

    file = lesson.body[0].value["file"]
    address = reverse("courses:lesson-file", args=[lesson.pk, file.pk])
    assert client.get(address).status_code == 200
    lesson.preview = False
    lesson.save_revision().publish()
    assert client.get(address).status_code == 403
