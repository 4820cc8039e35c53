"""schema.org Course (JSON-LD) as Google's "Course info" asks: offers, hasCourseInstance."""

from typing import Any

from courses import admission, levels
from courses.models import CoursePage
from courses.places import available
from website.structured import organisation


def course(page: CoursePage, url: str) -> list[dict[str, Any]]:
    """The course and its questions; no offer while nobody can join. One query, and one
    for a course without a stated duration."""
    found: dict[str, Any] = {
        "@type": "Course",
        "@id": f"{url}#course",
        "url": url,
        "name": page.title,
        "description": page.summary_text(),
        "inLanguage": page.locale.language_code,
        "educationalLevel": levels.name_of(page.level, page.locale_id),
        "provider": organisation(),
        "hasCourseInstance": [
            {
                "@type": "CourseInstance",
                "courseMode": "Online",
                "courseWorkload": f"PT{_minutes(page)}M",
            }
        ],
        "teaches": [str(child.value) for child in page.outcomes],
    }
    if admission.state_of(page) == admission.State.OPEN:
        found["offers"] = [_offer(page)]
    if page.first_published_at:
        found["datePublished"] = page.first_published_at.date().isoformat()
    return [found, *_questions(page)]


def _offer(page: CoursePage) -> dict[str, Any]:
    if page.access == CoursePage.Access.FREE:
        return {
            "@type": "Offer",
            "category": "Free",
            "price": 0,
            "priceCurrency": "EUR",
        }
    return {"@type": "Offer", "category": "Subscription"}


def _minutes(page: CoursePage) -> int:
    return page.minutes or sum(row.minutes for row in available([page])) or 1


def _questions(page: CoursePage) -> list[dict[str, Any]]:
    if not page.faq:
        return []
    return [
        {
            "@type": "FAQPage",
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": child.value["question"],
                    "acceptedAnswer": {
                        "@type": "Answer",
                        "text": child.value["answer"],
                    },
                }
                for child in page.faq
            ],
        }
    ]
