"""One person's way through the whole school, in a real browser on real processes.

Visitor → sample lesson → sign-up → free lesson → subscription → paid lesson → receipt →
journal filled by the real worker → cancellation.
"""

import os
import re
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from playwright.sync_api import Page, expect

from config.tests.conftest import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
]

NEW = "nora@example.com"
FREE_LESSON = "/en/courses/trading-fundamentals/risk-before-reward/what-a-trade-is/"
PAID_LESSON = "/en/courses/risk-in-practice/the-risk-of-the-whole-account/risk-of-ruin/"


def mail_with(visitor: Visitor, text: str, *, seconds: float = 75) -> EmailMessage:
    """The newest mail to Nora that holds text.

    The task runner sends at once, or at its next sweep (30 s) when a hint got lost.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in reversed(visitor.mails()):
            if message["To"] == NEW and text in body_of(message):
                return message
        time.sleep(0.3)
    raise AssertionError(f"no mail to {NEW} with {text!r}")


def body_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def pay(page: Page, card: str) -> None:
    page.fill("#number", card)
    page.fill("#expiry", "12/34")
    page.fill("#cvc", "123")
    page.fill("#name", "Nora Nueva")
    page.get_by_role("button", name="Subscribe").click()


def test_from_the_front_page_to_a_journal(visitor: Visitor) -> None:
    sample_lesson(visitor)
    sign_up(visitor)
    learn(visitor)
    subscribe(visitor)
    receipt(visitor)
    if apps.is_installed("journal"):
        journal(visitor)
    cancel(visitor)


def sample_lesson(visitor: Visitor) -> None:
    page = visitor.go("/")
    expect(page).to_have_url(re.compile("/en/$"))
    page.get_by_role("navigation", name="Main").get_by_role(
        "link", name="Courses"
    ).click()
    page.get_by_role("link", name="Trading fundamentals").first.click()
    page.get_by_role("link", name="Try a sample lesson").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What a trade is")
    page.go_back()


def sign_up(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Start for free").first.click()
    page.get_by_label("Your name").fill("Nora Nueva")
    page.get_by_label("Email").fill(NEW)
    page.get_by_label("Password", exact=True).fill("a-long-and-odd-one-71")
    page.get_by_label("I have read and accept").check()
    page.locator("main button[type=submit]").first.click()
    body = body_of(mail_with(visitor, "confirm-email"))
    link = re.search(r"https?://[^/\s]+(/\w\w/accounts/confirm-email/\S+)", body)
    assert link
    visitor.go(link.group(1))
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trading fundamentals")


def learn(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    visitor.go(FREE_LESSON)
    page.get_by_role("button", name="Mark as done").first.click()
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    visitor.go("/en/dashboard/")
    expect(page.get_by_text("1 of 9 lessons")).to_be_visible()
    expect(page.get_by_role("link", name="Continue").first).to_be_visible()


def subscribe(visitor: Visitor) -> None:
    page = visitor.go(PAID_LESSON)
    expect(page.get_by_role("heading", name="This lesson is locked")).to_be_visible()
    visitor.go("/en/pricing/")
    page.get_by_role("button", name="Subscribe").first.click()
    pay(page, "4000 0000 0000 0002")
    expect(
        page.get_by_text(re.compile("declined", re.IGNORECASE)).first
    ).to_be_visible()
    pay(page, "4242 4242 4242 4242")
    page.wait_for_url(f"{visitor.school.url}/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("AMI Pro")
    visitor.go(PAID_LESSON)
    expect(page.get_by_role("button", name="Mark as done").first).to_be_visible()


def receipt(visitor: Visitor) -> None:
    page = visitor.go("/en/billing/")
    expect(page.get_by_text("Active").first).to_be_visible()
    message = mail_with(visitor, "AMI Pro")
    attached = [part.get_content_type() for part in message.walk()]
    assert "application/pdf" in attached
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def journal(visitor: Visitor) -> None:
    """The person's own account, filled from another 'machine' with a key and the worker."""
    account = manage(
        visitor, "journal_account", "create", "--user", NEW, "--name", "My broker",
        "--broker", "binance", "--currency", "USDT", "--timezone", "Etc/UTC",
        "--starting-balance", "10000",
    )  # fmt: skip
    identity = re.search(r"[0-9a-f-]{36}", account)
    key = re.search(
        r"ami_\w+",
        manage(visitor, "apikey", "create", "test", "--scope", "journal:write"),
    )
    assert identity
    assert key
    environment = {
        **os.environ,
        "AMI_WORKER_URL": visitor.school.url,
        "AMI_WORKER_KEY": key.group(),
        "AMI_WORKER_ACCOUNT": identity.group(),
        "AMI_WORKER_HOME": str(visitor.school.var / "worker-of-nora"),
    }
    sample = Path(settings.BASE_DIR) / "worker_client/demo/binance_spot.csv"
    for expected in ("1119 created", "nothing new"):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ami_worker", "push", str(sample)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert expected in done.stdout + done.stderr
    page = visitor.go("/en/journal/")
    expect(page.get_by_text("Profit factor").first).to_be_visible()
    expect(page.get_by_role("row").nth(5)).to_be_visible()


def manage(visitor: Visitor, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=visitor.school.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def cancel(visitor: Visitor) -> None:
    page = visitor.go("/en/billing/")
    page.get_by_text("Cancel the plan").first.click()
    page.get_by_role("button", name=re.compile("cancel at")).first.click()
    expect(
        page.get_by_text(re.compile("ends on|until", re.IGNORECASE)).first
    ).to_be_visible()
    visitor.go(PAID_LESSON)
    expect(page.get_by_role("button", name="Mark as done").first).to_be_visible()


SUBSCRIBER = "mara@example.com"
PASSWORD = "a-long-and-odd-one-72"
NEW_PERSON = f"""
from accounts.models import User
from allauth.account.models import EmailAddress
user = User.objects.create_user(
    email="{SUBSCRIBER}", password="{PASSWORD}", name="Mara Mas", language="en")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
"""


def test_everything_a_subscriber_does_with_a_plan(visitor: Visitor) -> None:
    manage(visitor, "shell", "-c", NEW_PERSON)
    visitor.sign_in(SUBSCRIBER, PASSWORD)
    subscribe_with_secure_card(visitor)
    change_plan(visitor)
    other_card(visitor)
    cancel_and_resume(visitor)
    fall_behind_and_pay(visitor)
    own_receipt_only(visitor)
    gift_code(visitor)


def plan_page(visitor: Visitor, words: str) -> Page:
    """The account page, once it says these words: the webhook may be on its way."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = visitor.go("/en/billing/")
        if page.get_by_text(words).count():
            return page
        time.sleep(0.5)
    raise AssertionError(f"the account page never said {words!r}")


def subscribe_with_secure_card(visitor: Visitor) -> None:
    page = visitor.go("/en/pricing/")
    page.get_by_role("button", name="Subscribe").first.click()
    pay(page, "4000 0027 6000 3184")
    expect(page.get_by_role("heading", name=re.compile("3-D Secure"))).to_be_visible()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url(f"{visitor.school.url}/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("AMI Pro")


def change_plan(visitor: Visitor) -> None:
    """The bank wants to be asked first: in its own tab, and once the person thinks better."""
    page = plan_page(visitor, "The next charge is")
    page.get_by_role("link", name="Change plan").click()
    page.get_by_role("button", name="See what it costs").first.click()
    expect(page.get_by_role("heading", name=re.compile("You pay"))).to_be_visible()
    expect(page.get_by_text("Not used of AMI Pro · monthly")).to_be_visible()
    preview = page.url
    page.get_by_role("button", name=re.compile("Change and pay")).click()
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.get_by_text("Your plan stays as it is.")).to_be_visible()
    page.goto(preview)
    page.get_by_role("button", name=re.compile("Change and pay")).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm on Stripe's page").click()
    confirm_at_bank(opened.value)
    # the first tab goes on by itself
    expect(page.get_by_text("Done: your plan is AMI Pro · yearly now.")).to_be_visible()
    expect(page.get_by_text("a year").first).to_be_visible()


def confirm_at_bank(page: Page) -> None:
    type_card(page, "4000 0027 6000 3184")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("Paid", exact=True).first).to_be_visible()
    page.close()


def other_card(visitor: Visitor) -> None:
    page = plan_page(visitor, "The next charge is")
    page.get_by_role("button", name="Open Stripe's page").click()
    page.get_by_text("Change card").first.click()
    type_card(page)
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_text("Done.")).to_be_visible()


def type_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    page.fill("#number", number)
    page.fill("#expiry", "12/34")
    page.fill("#cvc", "123")
    if page.locator("#name").count():
        page.fill("#name", "Mara Mas")


def cancel_and_resume(visitor: Visitor) -> None:
    page = plan_page(visitor, "The next charge is")
    page.get_by_text("Cancel the plan").click()
    page.get_by_role("button", name=re.compile("cancel at")).click()
    expect(page.get_by_text("Your plan is cancelled and ends on")).to_be_visible()
    page.get_by_role("button", name="Keep my plan").click()
    expect(page.get_by_text("Your plan goes on as before.")).to_be_visible()


def fall_behind_and_pay(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("button", name="Open Stripe's page").click()
    page.get_by_role("button", name="Fail next renewal").click()
    page.get_by_role("button", name="Advance to period end").click()
    page = plan_page(visitor, "Your last payment failed. Your courses stay open")
    expect(page.get_by_text("Pay now to keep your courses open.")).to_be_visible()
    page.get_by_role("link", name="Pay now").first.click()
    type_card(page)
    page.get_by_role("button", name=re.compile("^Pay")).click()
    plan_page(visitor, "The next charge is")


def own_receipt_only(visitor: Visitor) -> None:
    link = visitor.page.get_by_role("link", name="PDF").first
    address = str(link.get_attribute("href"))
    with visitor.page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    visitor.context.clear_cookies()
    visitor.sign_in("luis@example.com")
    answer = visitor.context.request.get(visitor.school.url + address)
    assert answer.status == 404


def gift_code(visitor: Visitor) -> None:
    visitor.context.clear_cookies()
    visitor.sign_in("olga@example.com")
    page = visitor.go("/admin/billing_gifts/new/")
    page.select_option("#id_plan", label="AMI Pro")
    page.fill("#id_access_days", "30")
    # her administration speaks Spanish
    page.locator("form button[type=submit]", has_text="Crear los códigos").click()
    shown = page.get_by_text(
        re.compile(r"^\s*\w{4}-\w{4}-\w{4}\s*$")
    ).first.inner_text()
    visitor.context.clear_cookies()
    visitor.sign_in(SUBSCRIBER, PASSWORD)
    page = visitor.go(f"/en/billing/redeem/?code={shown.strip().lower()}")
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_text("Your gift is open: AMI Pro.")).to_be_visible()
