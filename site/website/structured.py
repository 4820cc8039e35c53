"""schema.org objects (JSON-LD) of pages."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from website.models import BlogPostPage, HomePage
    from website.seo import BasePage


def organisation() -> dict[str, Any]:
    return {
        "@type": "EducationalOrganization",
        "@id": f"{settings.BASE_URL}/#school",
        "name": settings.SITE_NAME,
        "url": f"{settings.BASE_URL}/",
    }


def website(page: "HomePage", url: str) -> dict[str, Any]:
    return {
        "@type": "WebSite",
        "@id": f"{url}#site",
        "url": url,
        "name": settings.SITE_NAME,
        "inLanguage": page.locale.language_code,
        "publisher": organisation(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{url}search/?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }


def article(page: "BlogPostPage", url: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "Article",
        "headline": page.title,
        "description": page.summary_text(),
        "url": url,
        "inLanguage": page.locale.language_code,
        "datePublished": page.date.isoformat(),
        "publisher": organisation(),
    }
    if page.last_published_at:
        found["dateModified"] = page.last_published_at.isoformat()
    if page.author:
        found["author"] = {"@type": "Person", "name": page.author}
    return found


def breadcrumbs(items: list[dict[str, str]]) -> dict[str, Any]:
    """items: title and url (path) from the home page down, the page itself last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": place,
                "name": item["title"],
                "item": f"{settings.BASE_URL}{item['url']}",
            }
            for place, item in enumerate(items, start=1)
        ],
    }


def graph(page: "BasePage", url: str, crumbs: list[dict[str, str]]) -> dict[str, Any]:
    """One JSON-LD document for the page."""
    objects = page.structured_data(url)
    if len(crumbs) > 1:
        objects = [*objects, breadcrumbs(crumbs)]
    return {"@context": "https://schema.org", "@graph": objects} if objects else {}
