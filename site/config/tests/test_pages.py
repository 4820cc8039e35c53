"""Every important page in a real browser: two languages, two themes, every width.

Sound to assistive technology, quiet in the console, no word to another host, nothing that
sticks out, nothing left in the other language.
"""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.apps import apps
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from compose.local.school import School

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]

THEMES = ("light", "dark")
WIDTHS = (390, 1280)
NARROWEST = 320
# axe looks at every page in these two, at the key pages in all combinations
ALWAYS = {("es", "dark", 390), ("en", "light", 1280)}
KEY = {"home", "course", "lesson-quiz", "pricing", "dashboard", "journal"}

# without `preload` axe reads no stylesheet over the network
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}


@dataclass(frozen=True)
class Place:
    """A page: where it is in Spanish and in English, and who looks."""

    es: str
    en: str
    person: str = ""
    # the page behind the first such link of that address
    follow: str = ""


def same(path: str, person: str = "", **fields: Any) -> Place:
    """A page whose two addresses differ in the language only."""
    return Place(f"/es/{path}", f"/en/{path}", person, **fields)


LESSONS = {
    "es": "/es/{}/fundamentos-del-trading/",
    "en": "/en/{}/trading-fundamentals/",
}
FREE_ES = "/es/cursos/fundamentos-del-trading/el-riesgo-antes-que-el-beneficio/"
FREE_EN = "/en/courses/trading-fundamentals/risk-before-reward/"
PAID_ES = "/es/cursos/el-riesgo-en-la-practica/"
PAID_EN = "/en/courses/risk-in-practice/"
ANA = "ana@example.com"
EVA = "eva@example.com"

PLACES = {
    "home": same(""),
    "about": Place("/es/la-escuela/", "/en/about/"),
    "blog": same("blog/"),
    "post": Place("/es/blog/porcentaje-de-aciertos/", "/en/blog/win-rate-alone/"),
    "contact": Place("/es/contacto/", "/en/contact/"),
    "search-hit": Place("/es/search/?q=riesgo", "/en/search/?q=risk"),
    "search-none": same("search/?q=zzzyx"),
    "catalogue": Place("/es/cursos/", "/en/courses/"),
    "course": Place(
        "/es/cursos/fundamentos-del-trading/", "/en/courses/trading-fundamentals/"
    ),
    "course-paid": Place(PAID_ES, PAID_EN),
    "lesson-sample": Place(f"{FREE_ES}que-es-una-operacion/", f"{FREE_EN}what-a-trade-is/"),
    "lesson-locked": Place(
        f"{PAID_ES}el-riesgo-de-toda-la-cuenta/riesgo-de-ruina/",
        f"{PAID_EN}the-risk-of-the-whole-account/risk-of-ruin/",
    ),
    "pricing": Place("/es/precios/", "/en/pricing/"),
    "sign-in": same("accounts/login/"),
    "sign-up": same("accounts/signup/"),
    "password-reset": same("accounts/password/reset/"),
    "dashboard": same("dashboard/", ANA),
    "my-courses": same("learn/", ANA),
    "lesson-quiz": Place(
        f"{FREE_ES}tamano-de-la-posicion/", f"{FREE_EN}position-size/", ANA
    ),
    "lesson-video": Place(
        f"{FREE_ES}que-es-una-operacion/", f"{FREE_EN}what-a-trade-is/", ANA
    ),
    "plan": same("billing/", ANA),
    "profile": same("profile/", ANA),
    "data": same("data/", ANA),
    "e-mail": same("accounts/email/", ANA),
    "password": same("accounts/password/change/", ANA),
    "two-factor": same("accounts/2fa/", ANA),
    "sessions": same("accounts/sessions/", ANA),
}  # fmt: skip
if apps.is_installed("journal"):
    PLACES["journal"] = same("journal/", ANA)
    PLACES["trade"] = same("journal/", ANA, follow="#trades tbody a")


@dataclass
class Window:
    """One person's browser; it notes what the console and the network say."""

    school: School
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.complaints.append(f"console: {message.text} ({where})")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.school.url, "data:", "blob:")):
            self.complaints.append(f"request to another host: {request.url}")

    def open(self, path: str) -> Response:
        """Go there with a clean list of complaints."""
        self.complaints.clear()
        response = self.page.goto(self.school.url + path)
        assert response is not None
        return response

    def sign_in(self, email: str) -> None:
        self.open("/en/accounts/login/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill("ami-demo-2026")
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/dashboard/")


@pytest.fixture(scope="module")
def windows(school: School, browser: Browser) -> Iterator[dict[str, Window]]:
    """A window for nobody, for Ana and for Eva, signed in once."""
    opened = {}
    for person in ("", ANA, EVA):
        context = browser.new_context(
            locale="es-ES", viewport={"width": 1280, "height": 900}
        )
        context.set_default_timeout(15_000)
        window = Window(school, context, context.new_page())
        window.listen()
        if person:
            window.sign_in(person)
        opened[person] = window
    yield opened
    for window in opened.values():
        window.context.close()


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("name", PLACES)
def test_a_page_is_sound(name: str, language: str, windows: dict[str, Window]) -> None:
    place = PLACES[name]
    window = windows[place.person]
    page = window.page
    page.set_viewport_size({"width": 1280, "height": 900})
    response = window.open(getattr(place, language))
    if place.follow:
        window.complaints.clear()
        with page.expect_navigation() as navigation:
            page.locator(place.follow).first.click()
        response = navigation.value
    assert response.status == 200
    assert other_language(page, language) == address_in(place, language, page)
    assert check(page, name, language) + window.complaints == []


def check(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the page in this language, at every width and in both themes."""
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    return [
        *(
            problem
            for width in (NARROWEST, *WIDTHS)
            for problem in too_wide(page, width)
        ),
        *axe_problems(page, name, language),
        *foreign_words(page, language),
    ]


def other_language(page: Page, language: str) -> str:
    """Where the switch leads, without the query."""
    other = "en" if language == "es" else "es"
    link = page.locator(f".language-switch a[hreflang={other}]").first
    return (link.get_attribute("href") or "").partition("?")[0]


def address_in(place: Place, language: str, page: Page) -> str:
    other = "en" if language == "es" else "es"
    if place.follow:
        path = re.sub(r"^https?://[^/]+", "", page.url)
        return f"/{other}/" + path.partition(f"/{language}/")[2]
    address: str = getattr(place, other)
    return address.partition("?")[0]


def too_wide(page: Page, width: int) -> list[str]:
    """By how much the page scrolls sideways at that width."""
    page.set_viewport_size({"width": width, "height": 900})
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [f"{overflow} px too wide at {width}"] if overflow > 0 else []


def axe_problems(page: Page, name: str, language: str) -> list[str]:
    """What axe finds, in the combinations this page is looked at in."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for theme, width in itertools.product(THEMES, WIDTHS):
        if name not in KEY and (language, theme, width) not in ALWAYS:
            continue
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        result = page.evaluate("options => axe.run(options)", AXE_OPTIONS)
        found += [
            f"axe at {width} {theme}: {violation['id']}: {node['html'][:200]}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    return found


# What a person may read or hear: the text of the page, closed menus included, and the
# texts in attributes. Parts marked as another language are right to be in it.
WORDS_OF_PAGE = """
language => {
  document.querySelectorAll('details').forEach(details => details.open = true);
  const foreign = element => {
    const marked = element.closest('[lang]');
    return marked && marked !== document.documentElement && marked.lang !== language;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [document.title];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest('script, style, template, code, pre') && !foreign(parent))
      texts.push(walker.currentNode.nodeValue);
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'data-error'])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (!foreign(element)) texts.push(element.getAttribute(name));
  for (const button of document.querySelectorAll('input[type=submit]'))
    texts.push(button.value);
  return texts.map(text => text.replace(/\\s+/g, ' ').trim()).filter(Boolean).join('\\n');
}
"""


def phrases(wrong: str) -> re.Pattern[str]:
    """Every text of two words or more that a page in the other language may not hold."""
    base = Path(settings.BASE_DIR)
    found = set()
    for path in ("locale", "journal/locale"):
        catalogue = base / path / "es/LC_MESSAGES/django.po"
        if not catalogue.exists():
            continue
        for entry in polib.pofile(str(catalogue)):
            pairs = [(entry.msgid, entry.msgstr)]
            if entry.msgid_plural:
                pairs = [(entry.msgid_plural, entry.msgstr_plural[1])]
            for english, spanish in pairs:
                text = english if wrong == "en" else spanish
                plain = not re.search(r"[%{<]", english + spanish)
                if plain and english != spanish and len(text.split()) > 1:
                    found.add(" ".join(text.split()))
    ordered = sorted(found, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, ordered)) + r")(?!\w)")


WRONG = {"es": phrases("en"), "en": phrases("es")}


def foreign_words(page: Page, language: str) -> list[str]:
    text = page.evaluate(WORDS_OF_PAGE, language)
    return sorted({f"not {language}: {hit}" for hit in WRONG[language].findall(text)})


@pytest.mark.parametrize("path", ["", "pages/", "lesson"])
def test_the_editors_desk_is_quiet(path: str, windows: dict[str, Window]) -> None:
    window = windows[EVA]
    if path == "lesson":
        window.open(f"{FREE_EN}position-size/")
        edit = window.page.locator("wagtail-userbar a[href$='/edit/']").first
        path = (edit.get_attribute("href") or "").partition("/admin/")[2]
        assert window.complaints == []
    response = window.open(f"/admin/{path}")
    assert response.status == 200
    for theme, width in itertools.product(THEMES, WIDTHS):
        window.page.emulate_media(color_scheme=theme)
        window.page.set_viewport_size({"width": width, "height": 900})
    window.page.wait_for_load_state("networkidle")
    assert window.complaints == []


# A school that runs for developers answers a wrong address with Django's own page: this
# asks the same code what it answers elsewhere.
ANSWER_AS_OUTSIDE = """
import sys, django
django.setup()
from django.conf import settings
from django.test import Client
settings.DEBUG = False
answer = Client().get(sys.argv[1], headers={"host": "localhost"})
assert answer.status_code == 404, answer.status_code
sys.stdout.buffer.write(answer.content)
"""


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_for_a_wrong_address_is_sound(
    language: str, windows: dict[str, Window]
) -> None:
    path = f"/{language}/nothing-is-here/"
    window = windows[""]
    body = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", ANSWER_AS_OUTSIDE, path],
        cwd=settings.BASE_DIR,
        env=window.school.environment,
        capture_output=True,
        check=True,
    ).stdout
    window.page.route(
        window.school.url + path,
        lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=body),
    )
    window.open(path)
    assert check(window.page, "not-found", language) + window.complaints == []


def test_the_theme_changes_without_javascript(school: School, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    for theme in ("dark", "light", "system"):
        page.goto(f"{school.url}/en/about/")
        page.locator("summary", has_text="Theme").click()
        page.locator(f".menu-panel button[name=theme][value={theme}]").click()
        expect(page).to_have_url(f"{school.url}/en/about/")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    context.close()


@pytest.mark.parametrize("name", ["home", "pricing", "lesson-sample", "sign-in"])
def test_the_first_tab_skips_to_the_content(
    name: str, windows: dict[str, Window]
) -> None:
    window = windows[""]
    window.open(PLACES[name].en)
    page = window.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main#main")).to_be_focused()
