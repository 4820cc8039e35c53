"""The product's own settings, plus the statement counter in front of everything.

AMI_BENCH_PAGE_CACHE=off keeps no pages, for the figures of uncached ones.
"""

import os

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE as _PRODUCT

_swapped = (
    {"website.page_cache.PageCacheMiddleware": "bench.no_pages.NoPagesMiddleware"}
    if os.environ.get("AMI_BENCH_PAGE_CACHE") == "off"
    else {}
)
MIDDLEWARE = [
    "bench.statements.StatementsMiddleware",
    *(_swapped.get(name, name) for name in _PRODUCT),
]
