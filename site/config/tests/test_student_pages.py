"""Every page a student meets, in every state of theirs, in a real browser.

Each page is opened once, in a language, theme and width that change from page to page; at
all widths nothing sticks out.
"""

import json
from collections.abc import Iterator
from itertools import cycle, product

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from compose.local.school import School
from config.tests import buyers
from config.tests.conftest import in_shell
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
OWNER = "olga@example.com"
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
    for person in (VISITOR, NEW, TAKING, FINISHED, LAPSED, OWNER):
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


# What owners see of students in the administration, below /admin/.
DESK = [
    "", "enrolments/", "enrolments/new/", "enrolment_lists/upload/", "access_grants/",
    "access_grants/new/", "drip_overrides/new/", "progress_resets/", "certificates/",
    "comments/", "snippets/courses/instructor/", "access/explain/", "mails/",
    "worker_keys/", "learning/courses/", "learning/students/",
]  # fmt: skip
COURSE_DESK = ("lessons", "questions", "videos", "state")


def test_the_owners_desk_is_sound(
    places: dict[str, dict[str, str]], students: dict[str, Window]
) -> None:
    assert places
    owner = students[OWNER]
    page = owner.page
    owner.open("/admin/learning/courses/")
    link = page.locator("a[href*='/lessons/']").first.get_attribute("href") or ""
    course = link.partition("/admin/")[2].rpartition("lessons/")[0]
    looks = cycle([(1280, "light"), (390, "dark")])
    desk = [*DESK, *(f"{course}{part}/" for part in COURSE_DESK)]
    wrong = []
    for path, (width, theme) in zip(desk, looks, strict=False):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert owner.open(f"/admin/{path}").status == 200
        found = [*sound(page), *too_wide(page, width), *owner.complaints]
        wrong += [f"{path}: {problem}" for problem in found]
    assert wrong == []


def test_owners_are_offered_people_and_lessons_while_they_type(
    places: dict[str, dict[str, str]], students: dict[str, Window]
) -> None:
    assert places
    owner = students[OWNER]
    owner.open("/admin/access/explain/")
    for name, typed in (("student", "dora"), ("item", "ru")):
        field = owner.page.locator(f"[name={name}]")
        field.press_sequentially(typed)
        offer = owner.page.locator(f"#id_{name}-offers option").first
        offer.wait_for(state="attached")
    people = owner.page.locator("#id_student-offers option")
    assert people.first.get_attribute("value") == TAKING
    assert owner.complaints == []


# What people see of their own plan: a name of buyers.load() or a path, and who looks.
BOUGHT = [
    ("/billing/", buyers.TRIALING),
    ("/billing/", buyers.CANCELLING),
    ("/dashboard/", buyers.OVERDUE),
    ("/billing/", buyers.OVERDUE),
    ("/billing/", buyers.UNPAID),
    ("/billing/", buyers.PAUSED),
    ("/billing/", buyers.ENDED),
    ("/billing/", buyers.REFUNDED),
    ("/billing/redeem/", buyers.ENDED),
    ("buy", buyers.ENDED),
    ("buy-cancelled", buyers.ENDED),
    ("change", "ana@example.com"),
    ("preview", "ana@example.com"),
]
# What owners see and do, below /admin/, or a name of buyers.load().
OWNED = [
    "billing_revenue/", "billing_subscribers/", "person", "refund", "give", "end",
    "billing_events/", "event", "billing_messages/", "billing_ledger/", "billing_gifts/",
    "billing_gifts/new/", "revoke-gift", "billing_prices/", "price", "billing_receipts/",
    "withdraw", "extend", "revoke", "kept", "check",
]  # fmt: skip


@pytest.fixture(scope="module")
def bought(
    school: School, places: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """The people of config.tests.buyers are there: addresses and sessions."""
    assert places
    told = in_shell(school, "from config.tests.buyers import load; load()")
    found: dict[str, dict[str, str]] = json.loads(told.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def buyer(
    school: School, bought: dict[str, dict[str, str]], browser: Browser
) -> Iterator[Window]:
    """One window in which each of them looks in turn."""
    assert bought
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(15_000)
    window = Window(school, context, context.new_page())
    window.listen()
    yield window
    context.close()


def looked_at(window: Window, path: str, language: str, theme: str, width: int) -> str:
    """What is wrong with a page that is opened once, in one line."""
    page = window.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    assert window.open(path).status == 200, path
    assert page.locator("html").get_attribute("lang") == language, path
    assert page.locator("h1").count() == 1, path
    wrong = [*sound(page), *foreign_words(page, language), *window.complaints]
    admin = path.startswith("/admin/")
    for size in (width,) if admin else (NARROWEST, *WIDTHS):
        wrong += too_wide(page, size)
    return "; ".join([path, *wrong]) if wrong else ""


def come_as(window: Window, session: str) -> None:
    cookie = {"name": "sessionid", "value": session, "url": window.school.url}
    window.context.add_cookies([cookie])  # type: ignore[list-item]


def test_the_pages_of_a_plan_are_sound_in_every_state(
    bought: dict[str, dict[str, str]], buyer: Window
) -> None:
    looks = cycle(product(("es", "en"), ("light", "dark"), WIDTHS))
    wrong = []
    for (place, person), (language, *look) in zip(BOUGHT, looks, strict=False):
        come_as(buyer, bought["sessions"][person])
        path = f"/{language}{bought['students'].get(place, place)}"
        wrong.append(looked_at(buyer, path, language, *look))
    assert [one for one in wrong if one] == []


def test_the_owners_pages_of_money_and_places_are_sound(
    bought: dict[str, dict[str, str]], buyer: Window
) -> None:
    owners = {"es": buyers.OLGA, "en": buyers.OSCAR}
    looks = cycle(product(("es", "en"), ("light", "dark"), WIDTHS))
    wrong = []
    for place, (language, *look) in zip(OWNED, looks, strict=False):
        come_as(buyer, bought["sessions"][owners[language]])
        path = bought["owners"].get(place, f"/admin/{place}")
        wrong.append(looked_at(buyer, path, language, *look))
    assert [one for one in wrong if one] == []
