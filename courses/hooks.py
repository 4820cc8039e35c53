"""The seam through which billing says what a paid course costs and where to buy it.

- HOOK_OFFER: fn(request, course_page) -> Offer | None; the first answer counts.
"""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.hooks import answers
from courses.models import CoursePage

HOOK_OFFER = "ami_course_offer"


@dataclass(frozen=True)
class Offer:
    """Words for the button, where it leads, and the price as text ("19 € a month")."""

    label: str
    url: str
    price: str = ""


def offer_for(request: HttpRequest, course: CoursePage) -> Offer | None:
    """How this person can get access; None while nothing is for sale."""
    found: Offer | None = next(iter(answers(HOOK_OFFER, request, course)), None)
    return found
