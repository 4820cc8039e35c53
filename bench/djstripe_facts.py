"""Make dj-stripe's endpoint with this secret; prints its id as JSON. Argument: the secret."""

import json
import sys

import django

django.setup()

from djstripe.models import WebhookEndpoint  # noqa: E402


def main(secret: str) -> None:
    found, _made = WebhookEndpoint.objects.update_or_create(
        id="we_bench",
        defaults={
            "secret": secret,
            "url": "https://school.example.com/stripe/",
            "enabled_events": ["*"],
            "livemode": False,
        },
    )
    print(json.dumps({"endpoint": str(found.djstripe_uuid)}))


if __name__ == "__main__":
    main(sys.argv[1])
