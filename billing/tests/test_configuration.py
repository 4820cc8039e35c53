"""What the operator sets for the real Stripe, as the settings read it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LIVE = "_".join(("sk", "live", "A" * 24))
ASK = """
import json
from config import settings
names = ("BILLING_ENABLED", "STRIPE_LIVE_MODE", "STRIPE_WEBHOOK_SECRETS",
    "STRIPE_PUBLISHABLE_KEY", "STRIPE_API_HOST", "STRIPE_API_VERSION", "BILLING_GRACE_DAYS")
print(json.dumps({name: getattr(settings, name, None) for name in names}))
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {},
            {
                "BILLING_ENABLED": False, "STRIPE_LIVE_MODE": False,
                "STRIPE_WEBHOOK_SECRETS": [], "STRIPE_API_HOST": None,
            },
        ),
        (
            {
                "STRIPE_SECRET_KEY": LIVE, "STRIPE_PUBLISHABLE_KEY": "pk",
                "STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old",
                "STRIPE_API_HOST": "http://127.0.0.1:1", "AMI_GRACE_DAYS": "3",
            },
            {
                "BILLING_ENABLED": True, "STRIPE_LIVE_MODE": True,
                "STRIPE_WEBHOOK_SECRETS": ["whsec_new", "whsec_old"],
                "STRIPE_PUBLISHABLE_KEY": "pk", "STRIPE_API_HOST": "http://127.0.0.1:1",
                "STRIPE_API_VERSION": "2026-08-26.dahlia", "BILLING_GRACE_DAYS": 3,
            },
        ),
    ],
    ids=["no keys", "keys"],
)  # fmt: skip
def test_the_environment_says_whether_and_how_the_school_bills(
    given: dict[str, str], expected: dict[str, Any]
) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STRIPE_", "DJANGO_SETTINGS"))
    }
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", ASK],
        cwd=ROOT,
        env={
            **kept,
            "AMI_DEBUG": "on",
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            **given,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert {name: found[name] for name in expected} == expected
