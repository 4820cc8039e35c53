"""Every page a student meets, in every state of theirs, in a real browser.

Each page is opened once, in a language, theme and width that change from page to page; at
all widths nothing sticks out.
"""

from collections.abc import Iterator
from itertools import cycle, product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from compose.local.school import School
from config.tests.students import FINISHED, LAPSED, NEW, TAKING
from config.tests.test_pages import (
    AXE_OPTIONS,
    NARROWEST,
    PAID_EN,
    PAID_ES,
    WIDTHS,
    Window,
    foreign_words,
    too_wide,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

VISITOR = ""
RUIN = {
    "es": f"{PAID_ES}el-riesgo-de-toda-la-cuenta/riesgo-de-ruina/",
    "en": f"{PAID_EN}the-risk-of-the-whole-account/risk-of-ruin/",
}
COURSES = {"es": "/es/cursos/", "en": "/en/courses/"}
NOBODYS = "learn/certificates/00000000-0000-4000-8000-000000000000/"

# what is opened by whom: a name of students.load(), a path of every language, or both paths
SEEN: list[tuple[str | dict[str, str], str]] = [
    (COURSES, TAKING),
    ({"es": "/es/cursos/?level=advanced", "en": "/en/courses/?level=advanced"}, VISITOR),
    ("reading-a-chart", VISITOR),
    ("reading-a-chart", NEW),
    ("reading-a-chart", TAKING),
    ("one-week", NEW),
    ("one-week", FINISHED),
    ({"es": PAID_ES, "en": PAID_EN}, LAPSED),
    (RUIN, VISITOR),
    (RUIN, NEW),
    (RUIN, LAPSED),
    ("reading-a-chart-1", VISITOR),
    ("reading-a-chart-1", TAKING),
    ("reading-a-chart-2", TAKING),
    ("reading-a-chart-3", TAKING),
    ("reading-a-chart-4", TAKING),
    ("reading-a-chart-5", TAKING),
    ("reading-a-chart-6", TAKING),
    ("reading-a-chart-7", TAKING),
    ("reading-a-chart-8", TAKING),
    ("one-week-2", NEW),
    ("one-week-3", FINISHED),
    ("/dashboard/", NEW),
    ("/dashboard/", TAKING),
    ("/dashboard/", FINISHED),
    ("/learn/", NEW),
    ("/learn/", FINISHED),
    ("/learn/notes/", NEW),
    ("/learn/notes/", TAKING),
    ("/learn/notes/?q=zzzyx", TAKING),
    ("notes", TAKING),
    ("discussion", TAKING),
    ("reply", TAKING),
    ("edit", TAKING),
    ("report", TAKING),
    ("/learn/certificates/", NEW),
    ("/learn/certificates/", FINISHED),
    ("/learn/certificates/", LAPSED),
    ("/learn/certificates/find/", VISITOR),
    ("valid", VISITOR),
    ("replaced", VISITOR),
    ("revoked", VISITOR),
    ("/mail/", TAKING),
    ("stop", VISITOR),
]  # fmt: skip
LOOKS = cycle(product(("es", "en"), ("light", "dark"), WIDTHS))
TASKS = [
    (place, person, *look) for (place, person), look in zip(SEEN, LOOKS, strict=False)
]


@pytest.fixture(scope="module")
def students(
    school: School, places: dict[str, dict[str, str]], browser: Browser
) -> Iterator[dict[str, Window]]:
    """A window for each of them, signed in once."""
    opened = {}
    for person in (VISITOR, NEW, TAKING, FINISHED, LAPSED):
        context = browser.new_context(locale="en-GB")
        context.set_default_timeout(15_000)
        opened[person] = Window(school, context, context.new_page())
        opened[person].listen()
        if person:
            opened[person].sign_in(person)
    yield opened
    for window in opened.values():
        window.context.close()


def address(
    place: str | dict[str, str], language: str, places: dict[str, dict[str, str]]
) -> str:
    if isinstance(place, dict):
        return place[language]
    return f"/{language}{place}" if place.startswith("/") else places[language][place]


def named(value: object) -> str:
    return str(value["en"] if isinstance(value, dict) else value).replace(
        "@example.com", ""
    )


@pytest.mark.parametrize(
    ("place", "person", "language", "theme", "width"), TASKS, ids=named
)
def test_a_students_page_is_sound(
    place: str | dict[str, str],
    person: str,
    language: str,
    theme: str,
    width: int,
    places: dict[str, dict[str, str]],
    students: dict[str, Window],
) -> None:
    window = students[person]
    page = window.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    response = window.open(address(place, language, places))
    assert response.status == 200
    to_the_end(page)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    wrong = [*sound(page), *small_targets(page), *foreign_words(page, language)]
    wrong += [
        problem for size in (NARROWEST, *WIDTHS) for problem in too_wide(page, size)
    ]
    assert wrong + window.complaints == []


def to_the_end(page: Page) -> None:
    """What loads when it comes into view is there."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")


def sound(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    result = page.evaluate("options => axe.run(options)", AXE_OPTIONS)
    return [
        f"axe: {violation['id']}: {node['html'][:200]}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


# Controls that are not words in a text, and not a box inside its label.
SMALL = """
() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(one => {
    const { width, height } = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    const unseen = !width || style.visibility === 'hidden' || style.clipPath !== 'none';
    if (unseen || style.display === 'inline' || one.closest('label')) return false;
    return width < 24 || height < 24;
  })
  .map(one => `too small to hit: ${one.outerHTML.slice(0, 120)}`)
"""


def small_targets(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SMALL)
    return found
