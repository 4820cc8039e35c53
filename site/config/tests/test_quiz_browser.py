"""A quiz in a real browser: shuffled, saved while answering, resumed, by keyboard."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from compose.local.school import School
from config.tests.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FREE = "/en/courses/trading-fundamentals/a-process-you-can-repeat/orders-and-costs/"
LUIS, ANA = "luis@example.com", "ana@example.com"


def answer_all(page: Page) -> None:
    """Everything right; the short answer and the numbers typed as people type."""
    quiz = page.locator("#quiz-quiz-costs")
    quiz.get_by_role("radio", name="A stop order at 40", exact=True).check()
    quiz.get_by_role("group", name=re.compile("300 shares")).get_by_role(
        "textbox"
    ).fill("13,00 €")
    quiz.get_by_role("group", name=re.compile("net expectancy")).get_by_role(
        "textbox"
    ).fill("0,04")
    quiz.get_by_role("checkbox", name="Funding").check()
    quiz.get_by_role("checkbox", name="overnight swap").check()
    quiz.get_by_role("radio", name=re.compile("fast and many leave")).check()


def order(page: Page) -> list[str]:
    return page.locator("#quiz-quiz-costs legend").all_inner_texts()


def test_saved_on_one_device_and_finished_on_another(
    visitor: Visitor, school: School, browser: Browser
) -> None:
    visitor.sign_in(LUIS)
    page = visitor.go(FREE)
    shuffled = order(page)
    assert len(shuffled) == 6
    answer_all(page)
    expect(page.locator(".quiz-saved")).to_contain_text("Saved (")
    phone = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    try:
        other = Visitor(school, phone, phone.new_page())
        other.sign_in(LUIS)
        page = other.go(FREE)
        assert order(page) == shuffled
        expect(page.get_by_role("checkbox", name="Funding")).to_be_checked()
        send_without_the_short_answer(page)
        finish(page)
    finally:
        phone.close()


def send_without_the_short_answer(page: Page) -> None:
    """The browser's own check is passed over: the server names the question."""
    page.locator("#quiz-form-quiz-costs").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Check my answers").press("Enter")
    alert = page.locator("#quiz-quiz-costs").get_by_role("alert")
    expect(alert).to_contain_text("write your answer.")
    expect(page.locator("#quiz-quiz-costs [autofocus]")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Funding")).to_be_checked()


def finish(page: Page) -> None:
    best = page.get_by_role("group", name=re.compile("best price to sell"))
    best.get_by_role("textbox").fill("  SPREAD")
    page.get_by_role("button", name="Check my answers").press("Enter")
    outcome = page.locator(".quiz-outcome")
    expect(outcome).to_contain_text("Passed with 100%")
    expect(outcome).to_be_focused()
    expect(page.locator(".quiz-explanation")).to_contain_text("Add up every cost")


def test_a_quiz_without_javascript(school: School, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    try:
        visitor = Visitor(school, context, context.new_page())
        visitor.sign_in(ANA)
        page = visitor.go(FREE)
        if page.get_by_role("link", name="Try again").count():
            page.get_by_role("link", name="Try again").click()
        answer_all(page)
        page.get_by_role("button", name="Save for later").click()
        expect(page.get_by_text("Your answers are saved.")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Funding")).to_be_checked()
        best = page.get_by_role("group", name=re.compile("best price to sell"))
        best.get_by_role("textbox").fill("bid-ask spread")
        page.get_by_role("button", name="Check my answers").click()
        expect(page.get_by_text("Passed with 100%")).to_be_visible()
    finally:
        context.close()
