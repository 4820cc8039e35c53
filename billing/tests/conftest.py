"""The stand-in for Stripe over real HTTP, and the school configured to use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from billing import catalogue, stripe_api
from billing.fakestripe import server
from billing.models import Plan, PlanPrice
from billing.tests import make

KEY = make.KEY


@pytest.fixture(scope="session")
def _fake_server() -> Iterator[server.Fake]:
    running = server.start(seeded=True)
    yield running
    running.stop()


@pytest.fixture
def fake(
    _fake_server: server.Fake, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> server.Fake:
    """A stand-in that knows the demo's products and nobody yet; nothing is delivered by
    itself: make.deliver posts its events to our view."""
    _fake_server.control("reset", seed=True)
    make.forget_deliveries(_fake_server)
    monkeypatch.setattr(stripe, "api_base", _fake_server.url)
    settings.STRIPE_SECRET_KEY = settings.STRIPE_TEST_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRETS = [make.SECRET]
    settings.BILLING_ENABLED = True
    return _fake_server


@pytest.fixture
def plan(fake: server.Fake, db: None) -> Plan:
    """The plan of the stand-in's first product, with its prices copied."""
    made = make.plan()
    catalogue.sync()
    return made


@pytest.fixture
def monthly(plan: Plan) -> PlanPrice:
    return plan.prices.get(interval="month")


@pytest.fixture
def yearly(plan: Plan) -> PlanPrice:
    return plan.prices.get(interval="year")


@pytest.fixture
def buyer(
    alice: Any, monthly: PlanPrice, fake: server.Fake, client_of: Callable[..., Any]
) -> make.Buyer:
    """Alice, subscribed monthly by the ordinary way: checkout, payment, webhook."""
    buyer = make.Buyer(alice, fake)
    buyer.subscribe(monthly)
    return buyer


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait half a second for Stripe, not eight."""
    monkeypatch.setattr(stripe_api, "TIMEOUT_SECONDS", 0.5)
    stripe_api._client.cache_clear()
    yield
    stripe_api._client.cache_clear()


@pytest.fixture
def private_files(settings: Any, tmp_path: Any) -> None:
    """Receipts are kept in a folder of the test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path), "base_url": None},
        },
    }
