"""`python -m billing.fakestripe`: start the fake and stay until stopped."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from billing.fakestripe import seed, server

TRUTHY = {"1", "true", "yes", "on"}


def refusal(environment: dict[str, str], *, test: bool) -> str | None:
    """Why it must not start here, or None."""
    if environment.get("AMI_ENV", "").lower() == "production":
        return "AMI_ENV=production: the fake Stripe takes no real money and never runs there."
    if not test and environment.get("AMI_DEBUG", "").lower() not in TRUTHY:
        return (
            "AMI_DEBUG is not set, so this may be production, where the fake Stripe never runs. "
            "Set AMI_DEBUG=1 or pass --i-know-this-is-a-test."
        )
    return None


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m billing.fakestripe", description=__doc__
    )
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8420)
    made.add_argument("--public-url", help="address people's browsers use")
    made.add_argument("--webhook-url", help="the site's webhook address")
    made.add_argument("--webhook-secret", default=seed.WEBHOOK_SECRET)
    made.add_argument("--api-key", help="accept this secret key only")
    made.add_argument("--state", type=Path, help="JSON file that survives restarts")
    made.add_argument(
        "--seed", action="store_true", help="make the demo school's plans"
    )
    made.add_argument(
        "--name", default="AMI", help="the school's name on the hosted pages"
    )
    made.add_argument("--verbose", action="store_true", help="log each request")
    made.add_argument("--i-know-this-is-a-test", dest="test", action="store_true")
    return made


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    reason = refusal(dict(os.environ), test=given.test)
    if reason:
        sys.stderr.write(f"fakestripe: {reason}\n")
        return 2
    fake = server.start(
        port=given.port,
        host=given.host,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        state=given.state,
        public_url=given.public_url,
        api_key=given.api_key,
        seeded=given.seed,
        name=given.name,
        verbose=given.verbose,
    )
    sys.stdout.write(f"fakestripe: {fake.url} (pages at {fake.store.public_url})\n")
    sys.stdout.flush()
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    stopped.wait()
    fake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
