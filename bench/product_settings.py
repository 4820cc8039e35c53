"""The product's own settings, plus the statement counter in front of everything.

AMI_BENCH_PAGE_CACHE=off takes the page cache out, for the figures of uncached pages.
"""

import os

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE as _PRODUCT

_without = (
    {"website.page_cache.PageCacheMiddleware"}
    if os.environ.get("AMI_BENCH_PAGE_CACHE") == "off"
    else set()
)
MIDDLEWARE = [
    "bench.statements.StatementsMiddleware",
    *(name for name in _PRODUCT if name not in _without),
]
