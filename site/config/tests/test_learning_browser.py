"""What students rely on, seen through a real browser: places kept, doors that open, proof."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from compose.local.school import School
from config.tests.conftest import Visitor, in_shell
from config.tests.students import FINISHED, TAKING

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

type Places = dict[str, dict[str, str]]

OLGA = "olga@example.com"


def play(page: Page, *, start: float, until: float) -> None:
    """Play the lesson's video twice as fast, then pause; the server has heard of it."""
    video = page.locator("video")
    video.evaluate(
        """(video, start) => {
            video.muted = true; video.playbackRate = 2; video.currentTime = start;
            return video.play();
        }""",
        start,
    )
    page.wait_for_function(
        "until => document.querySelector('video').currentTime >= until", arg=until
    )
    with page.expect_response(lambda answer: "/video/" in answer.url):
        video.evaluate("video => video.pause()")


def test_a_video_goes_on_elsewhere_and_only_what_was_played_counts(
    visitor: Visitor, places: Places, school: School, browser: Browser
) -> None:
    visitor.sign_in(TAKING)
    page = visitor.go(places["en"]["reading-a-chart-2"])
    bar = page.locator("#lesson-bar")
    expect(bar).to_contain_text("Play 40% to finish this lesson")
    page.wait_for_function("document.querySelector('video').readyState >= 1")
    # its last seconds alone do not count as having seen it
    play(page, start=24, until=25.5)
    expect(bar.get_by_role("button", name="Undo")).to_have_count(0)
    play(page, start=0, until=5)
    expect(page.locator("[data-share]")).to_contain_text(re.compile(r"Played: [12]\d%"))
    stopped = page.locator("video").evaluate("video => Math.floor(video.currentTime)")
    elsewhere = browser.new_context(
        locale="en-GB", viewport={"width": 390, "height": 844}
    )
    elsewhere.set_default_timeout(15_000)
    try:
        phone = Visitor(school, elsewhere, elsewhere.new_page())
        phone.sign_in(TAKING)
        page = phone.go(places["en"]["reading-a-chart-2"])
        page.wait_for_function(
            "second => Math.floor(document.querySelector('video').currentTime) === second",
            arg=stopped,
        )
        play(page, start=stopped, until=13)
        expect(
            page.locator("#lesson-bar").get_by_role("button", name="Undo")
        ).to_be_visible()
    finally:
        elsewhere.close()


def test_a_certificate_is_downloaded_and_anybody_can_verify_it(
    visitor: Visitor, places: Places
) -> None:
    assert places
    visitor.sign_in(FINISHED)
    page = visitor.go("/en/learn/certificates/")
    mine = page.locator("li.panel").filter(has_text="Trading fundamentals")
    number = mine.locator(".num").inner_text()
    with page.expect_download() as download:
        mine.get_by_role("link", name="Download the PDF").click()
    assert number in download.value.suggested_filename
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    visitor.context.clear_cookies()
    page = visitor.go("/en/learn/certificates/find/")
    for name in ("Somebody Else", "fina font"):
        page.get_by_label("Number").fill(number.lower())
        page.get_by_label("Name of the holder").fill(name)
        page.get_by_role("button", name="Verify").click()
        if name == "Somebody Else":
            expect(page.get_by_role("heading", level=1)).to_have_text(
                "Verify a certificate"
            )
    expect(page.get_by_text("This certificate is valid")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fina Font")


SOON = f"""
from datetime import timedelta
from django.utils.timezone import now
from courses.models import QuizDraft
QuizDraft.objects.filter(user__email="{TAKING}", block_id="clock-quiz").update(
    opened_at=now() - timedelta(minutes=1), closes_at=now() + timedelta(seconds=10))
"""


def test_when_the_time_is_over_the_answers_are_sent(
    visitor: Visitor, places: Places, school: School
) -> None:
    visitor.sign_in(TAKING)
    page = visitor.go(places["en"]["reading-a-chart-4"])
    quiz = page.locator("#quiz-clock-quiz")
    quiz.get_by_role("button", name="Start the quiz").click()
    expect(quiz.locator("[data-quiz-left]")).to_have_text(re.compile(r"^(1:00|0:5\d)$"))
    quiz.get_by_role("radio", name="An upward trend").check()
    expect(quiz.locator(".quiz-saved")).to_contain_text("Saved (")
    in_shell(school, SOON)
    page.reload()
    expect(quiz.get_by_role("radio", name="An upward trend")).to_be_checked()
    expect(quiz.locator(".quiz-clock-last")).to_be_visible()
    outcome = quiz.locator(".quiz-outcome")
    expect(outcome).to_contain_text("Not passed yet: 25%", timeout=20_000)
    expect(quiz.get_by_text("4 attempts left.")).to_be_visible()


OPEN_FOR_HER = f"""
from accounts.models import User
from courses import overrides
from courses.models import Item
overrides.give(User.objects.filter(email="{TAKING}"),
    Item.objects.get(key="00000000-0000-4000-8000-000000000021"), by=User.objects.get(email="{OLGA}"))
"""


def test_a_lesson_says_when_it_opens_and_opens(
    visitor: Visitor, places: Places, school: School
) -> None:
    visitor.sign_in(TAKING)
    page = visitor.go(places["en"]["reading-a-chart"])
    row = page.locator(".outline-lessons li").filter(has_text="On a set day")
    expect(row).to_contain_text("Opens 1 Mar 2030, 09:00")
    row.get_by_role("link").click()
    locked = page.get_by_role("region", name="This lesson is locked")
    expect(locked).to_contain_text("This lesson opens on 1 March 2030, 09:00.")
    text = page.get_by_role("paragraph").filter(has_text="This is read from that day")
    expect(text).to_have_count(0)
    # what waits for a lesson leads to it
    visitor.go(places["en"]["reading-a-chart-6"])
    locked.get_by_role("link", name="Have you got it?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Have you got it?")
    in_shell(school, OPEN_FOR_HER)
    visitor.go(places["en"]["reading-a-chart-5"])
    expect(text).to_be_visible()


# what the preview is called, its words, and whether a paid lesson is open to them
AS_WHOM = [
    ("visitor", "Visitor", False),
    ("subscriber-0", "Subscriber, first day", True),
    ("lapsed", "Former subscriber", False),
    ("finished", "Finished the course", True),
]


def test_an_editor_sees_the_lesson_as_each_kind_of_student(visitor: Visitor) -> None:
    visitor.sign_in(OLGA)
    page = visitor.go("/admin/pages/search/?q=Risk+of+ruin")
    page.locator('a[href*="/edit/"]').filter(has_text="Risk of ruin").first.click()
    page.locator('[data-side-panel-toggle="preview"]').click()
    shown = page.frame_locator(".w-preview__iframe:visible").last
    modes = page.locator("#id_preview_mode")
    text = shown.locator("article.lesson")
    expect(text).to_be_visible()
    for mode, label, is_open in AS_WHOM:
        modes.select_option(mode)
        expect(shown.locator(".persona-banner")).to_contain_text(f"Preview as: {label}")
        expect(text).to_have_count(1 if is_open else 0)
        expect(shown.locator(".locked")).to_have_count(0 if is_open else 1)


PLAYERS = ("video", "audio")  # their controls are the browser's own
FOCUSED = """
() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const { top, bottom } = one.getBoundingClientRect();
  const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
  const name = one.getAttribute('aria-label') || one.textContent || one.name || one.id;
  return {
    name: name.trim().replace(/\\s+/g, ' ').slice(0, 60), tag: one.localName, ring,
    seen: bottom > 0 && top < innerHeight,
  };
}
"""


def focused(page: Page) -> dict[str, Any]:
    """What has the focus; looked at again while parts of the page still load."""
    for _again in range(20):
        found: dict[str, Any] = page.evaluate(FOCUSED)
        if found["seen"]:
            break
        page.wait_for_timeout(100)
    return found


def test_the_keyboard_reaches_all_of_a_lesson_and_one_sees_where_it_is(
    visitor: Visitor, places: Places
) -> None:
    visitor.sign_in(TAKING)
    page = visitor.go(places["en"]["reading-a-chart-1"])
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelector('main').focus()")
    order = []
    for _step in range(90):
        page.keyboard.press("Tab")
        order.append(focused(page))
        if order[-1]["name"] == "Next":
            break
    names = [one["name"] for one in order]
    assert [one for one in order if not one["seen"]] == []
    bare = [
        (before["tag"], one["tag"], one["name"])
        for before, one in pairwise(order)
        if not one["ring"] and one["tag"] not in PLAYERS
    ]
    # a control of the browser's own player that goes away while it loads leaves the body
    assert [it for it in bare if it[0] not in PLAYERS or it[1] != "body"] == []
    wanted = [
        "Reading a chart without hurry", "the blog", "Transcript", "Copy", "Next",
    ]  # fmt: skip
    places_of = [
        next(i for i, name in enumerate(names) if name.startswith(one))
        for one in wanted
    ]
    assert places_of == sorted(places_of)
    assert any(name.startswith("Download") for name in names)
    assert any(name.startswith("Play the video") for name in names)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("A video to be watched")


AS_IF_AT_WORK = """
from courses.models import EnrolmentImport
EnrolmentImport.objects.filter(name="ana.csv").update(state="{}")
"""


def test_a_list_of_students_shows_how_far_it_is_without_a_reload(
    visitor: Visitor, places: Places, school: School
) -> None:
    assert places
    visitor.sign_in(OLGA)
    page = visitor.go("/admin/enrolment_lists/upload/")
    rows = (
        b"email,course\nluis@example.com,reading-a-chart\nnobody@example.com,one-week\n"
    )
    page.locator("input[name=file]").set_input_files(
        {"name": "ana.csv", "mimeType": "text/csv", "buffer": rows}
    )
    page.locator(
        "main form button[type=submit], main form input[type=submit]"
    ).last.click()
    apply = page.locator('form[action$="/apply/"] button')
    expect(apply).to_be_visible(timeout=20_000)
    apply.click()
    undo = page.locator('form[action$="/undo/"] button')
    expect(undo).to_be_visible(timeout=20_000)
    expect(page.locator("table.listing")).to_contain_text("luis@example.com")
    in_shell(school, AS_IF_AT_WORK.format("running"))
    page.reload()
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(undo).to_have_count(0)
    with page.expect_response(re.compile("/progress/$")):
        pass
    expect(bar).to_be_visible()
    in_shell(school, AS_IF_AT_WORK.format("done"))
    expect(undo).to_be_visible(timeout=15_000)
    expect(bar).to_have_count(0)
