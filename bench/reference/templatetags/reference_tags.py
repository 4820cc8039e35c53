"""Navigation, breadcrumbs and siblings as Wagtail's own demo sites fetch them."""

from typing import Any

from django import template
from wagtail.models import Page, Site

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> Any:
    site = Site.find_for_request(context["request"])
    return (
        site.root_page.get_children().live().in_menu() if site else Page.objects.none()
    )


@register.simple_tag
def breadcrumbs(page: Page) -> Any:
    return page.get_ancestors(inclusive=True).filter(depth__gt=1)


@register.simple_tag
def siblings(page: Page) -> Any:
    return page.get_siblings(inclusive=False).live()[:6]
