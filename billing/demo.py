"""The demo school's plans, its pricing pages, and Ana's subscription."""

from pathlib import Path
from typing import Any

import stripe
import yaml
from django.conf import settings
from django.utils import translation
from wagtail.models import Locale, Page

from accounts.hooks import Write
from accounts.models import User
from billing import catalogue, links, reconcile, stripe_api, subscriptions
from billing.fakestripe import seed
from billing.models import BillingSettings, Plan, PlanPrice, PricingPage
from website.models import HomePage

CONTENT = Path(__file__).parent.parent / "site" / "website" / "demo_content"
STUDENT = "ana@example.com"
CODE = "pro"


def load(write: Write) -> None:
    """Create what is not there yet; what exists is left as it is."""
    content = {language: _content(language) for language in ("es", "en")}
    plan = _plan(content)
    _issuer()
    _prices(plan, write)
    for language, words in content.items():
        _page(language, words, write)
    _subscribe(plan, write)


def _content(language: str) -> dict[str, Any]:
    text = (CONTENT / f"pricing.{language}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _plan(content: dict[str, dict[str, Any]]) -> Plan:
    fields = {}
    for language, words in content.items():
        plan = words["plan"]
        fields[f"name_{language}"] = plan["product"]
        fields[f"summary_{language}"] = plan["description"][:200]
        fields[f"benefits_{language}"] = "\n".join(plan["benefits"])
    return Plan.objects.get_or_create(
        code=CODE, defaults={**fields, "stripe_product": seed.PRODUCT, "position": 10}
    )[0]


def _issuer() -> None:
    row = BillingSettings.load()
    if not row.issuer_name:
        row.issuer_name = "Escuela AMI de demostración, S. L."
        row.issuer_address = "Calle del Ejemplo, 12\n28013 Madrid\nEspaña"
        row.issuer_tax_id = "B00000000"
        row.issuer_email = "school@example.com"
        row.tax_rate = seed.TAX_RATE
        row.note_es = "Documento de una escuela de demostración: no tiene valor fiscal."
        row.note_en = "Document of a demo school: it has no fiscal value."
        row.save()


def _prices(plan: Plan, write: Write) -> None:
    """From Stripe where there is one; otherwise as the stand-in would have them."""
    if settings.BILLING_ENABLED:
        for price in catalogue.sync():
            write(f"price {price.stripe_price}")
        return
    for price_id, product, amount, interval, _key, _nickname in seed.PRICES:
        if product == plan.stripe_product:
            PlanPrice.objects.get_or_create(
                stripe_price=price_id,
                defaults={
                    "plan": plan,
                    "interval": interval or PlanPrice.Interval.LIFETIME,
                    "currency": "EUR",
                    "amount": amount,
                },
            )


def _page(language: str, words: dict[str, Any], write: Write) -> None:
    locale = Locale.objects.filter(language_code=language).first()
    home = HomePage.objects.filter(locale=locale).first() if locale else None
    if home is None or PricingPage.objects.filter(locale=locale).exists():
        return
    page = PricingPage(
        title=words["title"],
        slug=words["slug"],
        locale=locale,
        lead=words["lead"],
        search_description=words["summary"],
        show_in_menus=True,
        free_name=words["free"]["name"],
        free_text=words["free"]["description"],
        tax_note=words["tax_note"],
        renewal=f"<p>{words['renewal']['text']}</p>",
        cancelling=f"<p>{words['cancelling']['text']}</p>",
        guarantee=f"<p>{words['guarantee']['text']}</p>",
        risk_notice=words["risk_note"],
        questions=[
            {
                "type": "question",
                "value": {
                    "question": item["question"],
                    "answer": f"<p>{item['answer']}</p>",
                },
            }
            for item in words["faq"]["items"]
        ],
    )
    other = PricingPage.objects.first()
    if other:
        page.translation_key = other.translation_key
    _add(home, page)
    write(f"page {page.url_path}")


def _add(home: Page, page: PricingPage) -> None:
    with translation.override(page.locale.language_code):
        home.add_child(instance=page)
        page.save_revision().publish()


def _subscribe(plan: Plan, write: Write) -> None:
    """Ana's monthly subscription, made at Stripe and brought in as any other."""
    ana = User.objects.filter(email=STUDENT).first()
    price = plan.prices.filter(interval=PlanPrice.Interval.MONTH).first()
    if ana is None or price is None:
        return
    if not settings.BILLING_ENABLED or settings.STRIPE_LIVE_MODE:
        write("billing is off: Ana has no subscription")
        return
    if subscriptions.living_for(ana, plan):
        return
    link = links.create(ana)
    _pay(link.customer, price)
    reconcile.refetch(link, actor="demo")
    write(f"subscription of {STUDENT}")


def _pay(customer: str, price: PlanPrice) -> None:
    """Subscribe with Stripe's test card; once, also when the database was lost since."""
    api = stripe_api.client()
    listed = api.v1.subscriptions.list(
        {"customer": customer, "price": price.stripe_price}
    )
    if listed.data:
        return
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    rate = BillingSettings.load().tax_rate
    request: stripe.params.SubscriptionCreateParams = {
        "customer": customer,
        "default_payment_method": card.id,
        "items": [{"price": price.stripe_price}],
    }
    if rate:
        request["default_tax_rates"] = [rate]
    api.v1.subscriptions.create(request)
