"""The seams through which billing says what a paid course costs and how long it lasts.

- HOOK_OFFER: fn(request, course_page) -> Offer | None; the first answer counts.
- HOOK_ACCESS_DAYS: fn(course_page) -> int | None, the shortest access on sale, in days.
"""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.hooks import answers
from courses.models import CoursePage

HOOK_OFFER = "ami_course_offer"
HOOK_ACCESS_DAYS = "ami_course_access_days"


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
