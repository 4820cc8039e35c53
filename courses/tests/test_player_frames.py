"""The player's module in a browser, with stand-ins for the outside players' frames."""

import json
import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.browser
STATIC = (
    Path(__file__).resolve().parents[2] / "site" / "website" / "static" / "ami" / "js"
)
SCHOOL = "https://school.test"
PAGE = """<!doctype html><title>Lesson</title><figure data-media data-watch="/watch/" data-token="t"{start}>
<a data-embed="{url}" data-provider="{provider}" data-title="1R" href="{url}">Play</a>
<p data-share data-text="Played: {{n}}%" hidden></p>
<details class="transcript" data-transcript data-search="Search" data-found="Found:" open>
<summary>Transcript</summary><ol>
<li><a href="?t=0" data-second="0">0:00 Entry</a></li>
<li><a href="?t=20" data-second="20">0:20 Exit</a></li></ol></details></figure>
<script type="module" src="/js/lesson-video.mjs"></script>
<script type="module" src="/js/lesson-transcript.mjs"></script>"""
YOUTUBE = """<script>
let at = Number(new URLSearchParams(location.search).get("start") ?? 0), state = 1;
const tell = (info) => parent.postMessage(JSON.stringify({event: "infoDelivery", info}), "*");
addEventListener("message", ({data}) => {
  const {event, func, args} = JSON.parse(data);
  if (event === "listening" && !window.told) {
    window.told = true;
    setInterval(() => { if (state === 1) tell({currentTime: at += 0.5, duration: 60.2, playerState: 1}); }, 250);
  }
  if (func === "seekTo") at = args[0];
});
window.pause = () => { state = 2; tell({currentTime: at, duration: 60.2, playerState: 2}); };
</script>"""
VIMEO = """<script>
let at = 0, told = new Set(), playing = true;
const tell = (event, data) => told.has(event) && parent.postMessage({event, data}, "*");
addEventListener("message", ({data}) => {
  if (data.method === "addEventListener") told.add(data.value);
  if (data.method === "setCurrentTime") at = data.value;
});
setInterval(() => { if (playing) tell("timeupdate", {seconds: at += 0.5, duration: 60.2}); }, 250);
window.pause = () => { playing = false; tell("pause", {seconds: at, duration: 60.2}); };
</script>"""
FRAMES = {
    "youtube": ("https://www.youtube-nocookie.com/embed/x?autoplay=1", YOUTUBE),
    "vimeo": ("https://player.vimeo.com/video/1?autoplay=1", VIMEO),
}


@pytest.fixture(params=sorted(FRAMES))
def lesson(request):
    """(page, bodies that were reported, provider)."""
    url, player = FRAMES[request.param]
    told = []

    def school(route):
        path = urlsplit(route.request.url).path
        if path == "/watch/":
            body = parse_qs(route.request.post_data)
            told.append({name: value[0] for name, value in body.items()})
            answer = {"position": 1, "percent": len(told), "done": False}
            route.fulfill(json=answer)
        elif path.startswith("/js/"):
            script = (STATIC / Path(path).name).read_text(encoding="utf-8")
            route.fulfill(body=script, content_type="text/javascript")
        else:
            html = PAGE.format(url=url, provider=request.param, start=' data-start="7"')
            route.fulfill(body=html, content_type="text/html")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.route(f"{SCHOOL}/**", school)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        page.route(
            f"{origin}/**",
            lambda route: route.fulfill(body=player, content_type="text/html"),
        )
        page.goto(f"{SCHOOL}/lesson/")
        yield page, told, request.param
        browser.close()


def pause(page):
    page.frames[-1].evaluate("pause()")
    page.wait_for_timeout(300)


def ranges(told):
    return [
        tuple(map(int, part.split("-")))
        for body in told
        if body.get("played")
        for part in body["played"].split(",")
    ]


def test_messages_of_the_frame_become_reports(lesson):
    page, told, _provider = lesson
    assert page.locator("iframe").count() == 0  # nothing outside before the click
    page.get_by_text("Play", exact=True).click()
    page.wait_for_timeout(3500)
    pause(page)
    first, last = told[0], told[-1]
    assert (first.get("played", ""), first["duration"]) == ("", "60")
    assert int(last["position"]) > 0
    seconds = sum(end - start for start, end in ranges(told))
    assert 1 <= seconds <= 10
    assert page.locator("[data-share]").inner_text().startswith("Played: ")


def test_it_resumes_and_a_line_jumps(lesson):
    page, told, provider = lesson
    page.get_by_text("Play", exact=True).click()
    source = page.locator("iframe").get_attribute("src")
    assert ("start=7" if provider == "youtube" else "#t=7s") in source
    page.wait_for_timeout(1200)
    page.get_by_text("0:20 Exit").click()
    page.wait_for_timeout(2500)
    assert page.locator("a[data-second='20'][aria-current]").count() == 1
    pause(page)
    played = ranges(told)
    assert any(start >= 19 for start, _end in played)
    assert not any(start < 15 and end > 19 for start, end in played)  # the jump is none


def test_messages_of_others_are_not_believed(lesson):
    page, told, provider = lesson
    page.get_by_text("Play", exact=True).click()
    page.wait_for_timeout(800)
    forged = {
        "event": "infoDelivery",
        "info": {"currentTime": 55, "duration": 60, "playerState": 0},
    }
    if provider == "vimeo":
        forged = {"event": "ended", "data": {"seconds": 60, "duration": 60}}
    page.evaluate(f"postMessage({json.dumps(json.dumps(forged))}, '*')")
    page.wait_for_timeout(300)
    assert all(int(body["position"]) < 30 for body in told)
    assert all(end < 30 for _start, end in ranges(told))
    assert page.locator("a[data-second='20'][aria-current]").count() == 0


def test_the_transcript_is_searched(lesson):
    page, _told, _provider = lesson
    page.get_by_role("searchbox").fill("exit")
    assert page.locator("ol li:visible").count() == 1
    assert page.locator("output").inner_text() == "Found: 1"
