"""What students do around a lesson, in a real browser: keys, notes, discussion, moderation.

Sound to assistive technology in both languages and both themes.
"""

import itertools
import re
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from config.tests.conftest import School, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]

ANA, LUIS, OLGA = "ana@example.com", "luis@example.com", "olga@example.com"
MODULE = {
    "en": "/en/courses/trading-fundamentals/risk-before-reward/",
    "es": "/es/cursos/fundamentos-del-trading/el-riesgo-antes-que-el-beneficio/",
}
LESSON = MODULE["en"] + "position-size/"
FIRST = MODULE["en"] + "what-a-trade-is/"


def beside(page: Page, name: str) -> Any:
    """A part below the lesson, once it is loaded."""
    part = page.locator(f"#lesson-{name}")
    page.locator("[data-lesson-end]").scroll_into_view_if_needed()
    page.mouse.wheel(0, 5000)
    expect(part.locator("textarea").first).to_be_visible()
    return part


def is_sound(page: Page) -> list[str]:
    """What axe finds on the page as it is now."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "async () => await axe.run(document, {resultTypes: ['violations'], preload: false})"
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def test_the_player_by_keyboard(visitor: Visitor) -> None:
    visitor.sign_in(LUIS)
    page = visitor.go(LESSON)
    title = page.get_by_role("heading", level=1)
    here = title.inner_text()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog")
    expect(help_dialog).to_be_visible()
    page.keyboard.press("n")
    expect(help_dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()
    page.keyboard.press("o")
    expect(page.locator("#player-outline [aria-current]")).to_be_focused()
    page.keyboard.press("n")
    expect(title).not_to_have_text(here)
    page.keyboard.press("p")
    expect(title).to_have_text(here)
    # a letter in a text is a letter
    text = beside(page, "notes").get_by_label("Note", exact=True)
    text.press_sequentially("no man")
    expect(title).to_have_text(here)
    expect(text).to_have_value("no man")
    # and nothing at all once they are switched off, on later pages too
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.keyboard.press("Escape")
    for _again in range(2):
        page.locator("body").press("n")
        expect(title).to_have_text(here)
        page.reload()


def test_code_is_copied_with_its_button(visitor: Visitor, school: School) -> None:
    rights = ["clipboard-read", "clipboard-write"]
    visitor.context.grant_permissions(rights, origin=school.url)
    visitor.sign_in(LUIS)
    page = visitor.go(LESSON)
    button = page.locator("[data-code]").first.get_by_role("button", name="Copy")
    button.click()
    expect(page.locator("[data-code] button").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == page.locator("[data-code] code").first.inner_text().strip()


def test_marking_by_keyboard_and_taking_it_back(visitor: Visitor) -> None:
    visitor.sign_in(LUIS)
    page = visitor.go(FIRST)
    bar = page.locator("#lesson-bar")
    done = bar.get_by_role("button", name="Undo")
    if done.count() == 0:
        page.keyboard.press("m")
        expect(done).to_be_visible()
    page.keyboard.press("m")
    expect(bar.get_by_role("button", name="Mark as done")).to_be_visible()
    page.keyboard.press("m")
    expect(done).to_be_visible()


def test_a_note_is_written_changed_deleted_and_brought_back(visitor: Visitor) -> None:
    visitor.sign_in(ANA)
    page = visitor.go(LESSON)
    part = beside(page, "notes")
    part.get_by_label("Note", exact=True).fill("Halve the size first")
    part.get_by_label("Where").select_option(index=2)
    part.get_by_role("button", name="Save note").click()
    note = part.locator(".note").filter(has_text="Halve the size first").last
    expect(note).to_be_visible()
    note.get_by_role("link", name="Edit").click()
    area = part.locator(".note textarea")
    expect(area).to_be_focused()
    area.fill("Halve it, then look again")
    part.locator(".note").get_by_role("button", name="Save").click()
    note = part.locator(".note").filter(has_text="Halve it, then look again").last
    note.get_by_role("button", name=re.compile("Delete")).click()
    undo = part.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(note).to_be_visible()
    place = note.get_by_role("link").first.get_attribute("href") or ""
    visitor.go("/en/learn/notes/?q=halve+look")
    again = page.get_by_text("Halve it, then look again", exact=True)
    expect(again.first).to_be_visible()
    page.locator(f'a[href="{place}"]').first.click()
    block = page.locator(f"[id='{place.partition('#')[2]}']")
    expect(block).to_be_in_viewport()


def test_a_question_is_answered_and_a_bad_answer_hidden(visitor: Visitor) -> None:
    for act in (ask, answer, report, hide, look_again):
        act(visitor)
        visitor.context.clear_cookies()


def ask(visitor: Visitor) -> None:
    """Ana asks below a lesson."""
    visitor.sign_in(ANA)
    page = visitor.go(LESSON)
    part = beside(page, "discussion")
    part.get_by_label("Message").first.fill("Why never all of it?")
    part.get_by_role("button", name="Send", exact=True).click()
    expect(part.get_by_text("Why never all of it?").first).to_be_visible()


def answer(visitor: Visitor) -> None:
    """Luis answers with an advertisement."""
    visitor.sign_in(LUIS)
    page = visitor.go(LESSON)
    part = beside(page, "discussion")
    thread = part.locator(".thread").filter(has_text="Why never all of it?").first
    thread.get_by_role("link", name=re.compile("^Reply")).first.click()
    reply = thread.locator(".comment-form")
    reply.get_by_label("Message").fill("Buy my signals at https://example.org/x")
    reply.get_by_role("button", name="Send the reply").click()
    said = part.locator(".thread-replies .comment").filter(has_text="Buy my").first
    expect(said).to_be_visible()
    expect(said.get_by_role("link", name="https://example.org/x")).to_have_attribute(
        "rel", "nofollow"
    )


def report(visitor: Visitor) -> None:
    """Ana reports it."""
    visitor.sign_in(ANA)
    page = visitor.go(LESSON)
    part = beside(page, "discussion")
    said = part.locator(".thread-replies .comment").filter(has_text="Buy my").first
    said.get_by_role("link", name=re.compile("^Report")).click()
    form = said.locator("form.comment-form")
    form.get_by_label("What is wrong with it?").fill("Advertising")
    form.get_by_role("button", name="Report to the moderators").click()
    expect(part.get_by_role("status")).to_contain_text("A moderator will look")


def hide(visitor: Visitor) -> None:
    """Olga hides it in the administration, and says why."""
    visitor.sign_in(OLGA)
    page = visitor.go("/admin/comments/?state=reported")
    page.get_by_role("link", name=re.compile("Buy my signals")).first.click()
    expect(page.get_by_text("Advertising")).to_be_visible()
    # her administration speaks Spanish
    page.get_by_label("Motivo").fill("No advertising here")
    page.get_by_role("button", name="Ocultarlo").click()
    expect(page.get_by_text("El mensaje está oculto.")).to_be_visible()


def look_again(visitor: Visitor) -> None:
    """Ana sees that it is gone, not what it said."""
    visitor.sign_in(ANA)
    page = visitor.go(LESSON)
    part = beside(page, "discussion")
    expect(part.get_by_text("A moderator hid this message.")).to_be_visible()
    expect(part.get_by_text("Buy my signals")).to_have_count(0)


def test_filters_keep_the_way_back(visitor: Visitor) -> None:
    page = visitor.go("/en/courses/")
    results = page.locator("#catalogue-results article")
    paid = results.filter(has_text="Risk in practice")
    expect(paid).to_have_count(1)
    page.get_by_label("Price").select_option("free")
    expect(paid).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/en/courses/\?access=free$"))
    results.get_by_role("link", name="Trading fundamentals").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trading fundamentals")
    page.go_back()
    expect(results.first).to_be_visible()
    expect(paid).to_have_count(0)
    expect(page.get_by_label("Price")).to_have_value("free")
    page.go_back()
    expect(paid).to_have_count(1)
    expect(page.get_by_label("Price")).to_have_value("")


def test_it_is_all_sound_to_assistive_technology(visitor: Visitor) -> None:
    visitor.sign_in(ANA)
    page = visitor.page
    heard: dict[str, list[str]] = {}
    lessons = {"en": "position-size/", "es": "tamano-de-la-posicion/"}
    for language, theme in itertools.product(("en", "es"), ("light", "dark")):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        visitor.go(MODULE[language] + lessons[language])
        beside(page, "notes")
        beside(page, "discussion")
        heard[f"lesson {language} {theme}"] = is_sound(page)
        for path in ("dashboard/", "learn/", "learn/notes/"):
            visitor.go(f"/{language}/{path}")
            heard[f"{path} {language} {theme}"] = is_sound(page)
        visitor.go("/en/courses/" if language == "en" else "/es/cursos/")
        heard[f"catalogue {language} {theme}"] = is_sound(page)
    assert {name: said for name, said in heard.items() if said} == {}
