"""The product's settings with dj-stripe's own webhook view as the only address."""

from bench.product_settings import *  # noqa: F403

ROOT_URLCONF = "bench.djstripe_urls"
