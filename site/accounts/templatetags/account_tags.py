"""Words for what an account's pages and mails show."""

from django import template

from accounts import browsers

register = template.Library()


@register.filter
def browser_name(user_agent: object) -> str:
    return browsers.name_of(str(user_agent or ""))
