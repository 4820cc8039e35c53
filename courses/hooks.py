"""The seam through which billing says what a paid course costs and where to buy it.

- HOOK_OFFER: fn(request, course_page) -> Offer | None; the first answer counts.
"""

import logging
from dataclasses import dataclass

from django.http import HttpRequest
from wagtail import hooks

from courses.models import CoursePage

logger = logging.getLogger(__name__)

HOOK_OFFER = "ami_course_offer"


@dataclass(frozen=True)
class Offer:
    """Words for the button, where it leads, and the price as text ("19 € a month")."""

    label: str
    url: str
    price: str = ""


def offer_for(request: HttpRequest, course: CoursePage) -> Offer | None:
    """How this person can get access; None while nothing is for sale."""
    for hook in hooks.get_hooks(HOOK_OFFER):
        try:
            offer: Offer | None = hook(request, course)
        except Exception:
            logger.exception("an offer hook failed; the course goes on without it")
            continue
        if offer:
            return offer
    return None
