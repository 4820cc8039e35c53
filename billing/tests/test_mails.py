"""Each mail about money: when it is due, once, in the reader's language, as HTML and text."""

import time
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone, translation
from djstripe import models as djstripe

from billing import nightly, outbox_handlers, stripe_api
from billing.models import PlanPrice, Receipt
from billing.tests import make
from outbox import queue
from outbox.models import Message

pytestmark = pytest.mark.django_db
DAY = 86400


def keys(kind: str) -> list[str]:
    found = Message.objects.filter(key__startswith=f"billing:{kind}:")
    return list(found.values_list("key", flat=True))


def sent(subject: str) -> Any:
    """The one mail with this subject, after everything was delivered."""
    Message.objects.waiting().update(next_at=timezone.now())
    queue.sweep()
    [found] = [one for one in mail.outbox if subject in one.subject]
    assert found.alternatives[0].mimetype == "text/html"
    return found


def at_stripe(buyer: make.Buyer, **fields: Any) -> None:
    """Change the subscription as Stripe would have it."""
    with buyer.fake.store.transaction():
        row = buyer.fake.store.get("subscription", buyer.subscription["id"])
        for item in row["items"]["data"]:
            for name in ("current_period_start", "current_period_end"):
                item[name] = fields.get(name, item[name])
        row.update({key: value for key, value in fields.items() if key in row})


def nightly_twice() -> None:
    nightly.run()
    nightly.run()


def test_a_bank_that_wants_confirmation_is_named_instead_of_a_failure(
    buyer: make.Buyer,
) -> None:
    buyer.fake.control(
        "decline_next", customer=buyer.customer, reason="authentication_required"
    )
    buyer.fake.control("renew", subscription=buyer.subscription["id"])
    make.deliver(buyer.fake)
    nightly_twice()
    assert len(keys("action")) == 1
    assert keys("failed") == []
    letter = sent("Your bank asks you to confirm")
    invoice = buyer.fake.store.all("invoice", status="open")[-1]
    assert invoice["hosted_invoice_url"] in letter.body
    assert "€19.00" in letter.body


def test_cancelled_again_is_said_again(buyer: make.Buyer, client_of: Any) -> None:
    """Also when it was taken back in between and ends on the same day; each once."""
    client, subscription = client_of(buyer.user), buyer.subscription["id"]
    base = f"/en/billing/subscriptions/{subscription}"
    for _ in range(2):
        client.post(f"{base}/cancel/")
        make.deliver(buyer.fake)
        nightly_twice()
        client.post(f"{base}/resume/")
        make.deliver(buyer.fake)
        buyer.fake.control("advance_clock", seconds=5)
    [first, second] = sorted(keys("ends"))
    assert first.split(":")[:4] == second.split(":")[:4]


def test_an_end_of_another_day_is_said_whatever_was_said_before(
    buyer: make.Buyer, client_of: Any
) -> None:
    """Cancelled, taken back, and then ended for another reason."""
    client, subscription = client_of(buyer.user), buyer.subscription["id"]
    for step in ("cancel", "resume"):
        client.post(f"/en/billing/subscriptions/{subscription}/{step}/")
    stripe_api.client().v1.subscriptions.cancel(subscription)
    make.deliver(buyer.fake)
    assert len(keys("ends")) == 1
    assert keys("ended") == [f"billing:ended:{subscription}"]


def test_a_cancellation_that_an_earlier_version_announced_is_not_said_again(
    buyer: make.Buyer, client_of: Any
) -> None:
    base = f"/en/billing/subscriptions/{buyer.subscription['id']}"
    client_of(buyer.user).post(f"{base}/cancel/")
    told = Message.objects.get(key__startswith="billing:ends:")
    told.key = told.key.rpartition(":")[0]
    told.save()
    nightly_twice()
    assert keys("ends") == [told.key]


def test_a_trial_that_ends_soon_says_what_will_be_charged(
    alice: Any, monthly: PlanPrice, fake: Any
) -> None:
    monthly.plan.trial_days = 14
    monthly.plan.save()
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(monthly)
    nightly_twice()
    assert keys("trial") == []
    now = int(time.time())
    at_stripe(buyer, trial_start=now - 12 * DAY, trial_end=now + 2 * DAY)
    nightly_twice()
    assert len(keys("trial")) == 1
    letter = sent("Your trial ends on")
    assert "€19.00 is charged that day" in letter.body
    assert "Visa\N{NO-BREAK SPACE}····\N{NO-BREAK SPACE}4242" in letter.body


def test_a_yearly_plan_is_announced_once_before_it_renews(
    alice: Any, yearly: PlanPrice, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(yearly)
    nightly_twice()
    assert keys("renewal") == []
    now = int(time.time())
    at_stripe(
        buyer, current_period_start=now - 355 * DAY, current_period_end=now + 10 * DAY
    )
    fake.control("upcoming", days=15)
    fake.control("advance_clock", seconds=1)
    [foreseen] = [row for row in make.events(fake) if row["type"] == "invoice.upcoming"]
    assert "id" not in foreseen["data"]["object"]
    make.deliver(fake, [foreseen])
    assert len(keys("renewal")) == 1
    nightly_twice()
    assert len(keys("renewal")) == 1
    assert "€190.00 is charged for another year" in sent("Your plan renews on").body


def test_a_monthly_plan_is_not_announced(buyer: make.Buyer) -> None:
    at_stripe(buyer, current_period_end=int(time.time()) + 5 * DAY)
    nightly_twice()
    assert keys("renewal") == []


def test_a_card_that_expires_is_named_once(buyer: make.Buyer) -> None:
    nightly_twice()
    assert keys("card") == []
    now = timezone.now()
    with buyer.fake.store.transaction():
        for method in buyer.fake.store.all("payment_method"):
            method["card"].update(exp_month=now.month, exp_year=now.year)
    nightly_twice()
    assert len(keys("card")) == 1
    assert f"valid until {now:%m/%y}" in sent("Your card expires soon").body


def test_a_plan_that_is_cancelled_announces_nothing(
    alice: Any, yearly: PlanPrice, fake: Any
) -> None:
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(yearly)
    api = stripe_api.client().v1.subscriptions
    api.update(buyer.subscription["id"], {"cancel_at_period_end": True})
    at_stripe(buyer, current_period_end=int(time.time()) + 10 * DAY)
    nightly_twice()
    assert keys("renewal") == keys("card") == []


def test_a_renewed_card_is_known_when_stripe_says_so(buyer: make.Buyer) -> None:
    with buyer.fake.store.transaction():
        [method] = buyer.fake.store.all("payment_method")
        method["card"].update(exp_month=5, exp_year=2041)
    thing = {"object": "payment_method", "id": method["id"], "customer": buyer.customer}
    make.post(
        make.event(type="payment_method.automatically_updated", data={"object": thing})
    )
    make.drain()
    row = djstripe.Subscription.objects.get(id=buyer.subscription["id"])
    assert row.stripe_data["default_payment_method"]["card"]["exp_year"] == 2041


def test_mails_are_in_the_persons_language(buyer: make.Buyer) -> None:
    buyer.user.language = "es"
    buyer.user.save()
    buyer.fake.control("renew", subscription=buyer.subscription["id"], fail=True)
    make.deliver(buyer.fake)
    letter = sent("Tu pago")
    assert "19,00" in letter.body


def test_a_trial_that_starts_says_once_when_the_first_charge_is(
    alice: Any, monthly: PlanPrice, fake: Any
) -> None:
    monthly.plan.trial_days = 14
    monthly.plan.save()
    make.Buyer(alice, fake).subscribe(monthly)
    make.deliver(fake)
    nightly_twice()
    assert len(keys("trial-start")) == 1
    letter = sent("Your trial of AMI Pro has started")
    assert "The first charge, of €19.00, is on" in letter.body
    assert "Visa\N{NO-BREAK SPACE}····\N{NO-BREAK SPACE}4242" in letter.body


TEMPLATES = (
    "welcome", "receipt", "refund", "failed", "action", "trial_start", "trial", "renewal",
    "card", "ends", "ended", "gift",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_mail_is_whole_in_both_languages(
    buyer: make.Buyer, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_handlers.pdf, "ensure", lambda receipt: b"%PDF")
    monkeypatch.setattr(outbox_handlers, "_context", lambda payload: FACTS)
    for name in TEMPLATES:
        receipt = Receipt.objects.get().pk if name in TEMPLATES[:3] else None
        payload = {
            "user": buyer.user.pk, "template": f"billing_{name}", "receipt": receipt,
        }  # fmt: skip
        message = Message(kind="billing-mail", payload=payload, language=language)
        with translation.override(language):
            outbox_handlers.deliver_billing_mail(message)
        letter = mail.outbox[-1]
        assert isinstance(letter, mail.EmailMultiAlternatives)
        html = letter.alternatives[0].content
        for text in (letter.subject, letter.body, html):
            assert str(text).strip(), name
            assert not {"{{", "{%", "None"} & set(str(text).split()), name
        assert f'lang="{language}"' in html, name
        assert f"/{language}/" in letter.body, name
        assert len(letter.attachments) == (receipt is not None), name
    subjects = [letter.subject for letter in mail.outbox]
    assert len(set(subjects)) == len(TEMPLATES)
    assert any("Tu " in subject for subject in subjects) is (language == "es")


FACTS = {
    "plan": "AMI Pro", "amount": "€19.00", "until": timezone.now(), "card": "Visa ···· 4242",
    "expires": "12/34", "pay_url": "https://stripe.test/i/in_1",
}  # fmt: skip
