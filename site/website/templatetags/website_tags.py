import json
from typing import Any

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from website import shared_page

register = template.Library()
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.filter
def json_ld(value: dict[str, Any]) -> SafeString:
    """value as a JSON-LD element; nothing for an empty one."""
    if not value:
        return SafeString()
    text = json.dumps(value, ensure_ascii=False).translate(ESCAPES)
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(text),  # noqa: S308  escaped above, as Django's json_script does
    )


class PersonalNode(Node):
    def __init__(
        self, name: FilterExpression, key: FilterExpression | None, nodelist: NodeList
    ) -> None:
        self.name, self.key, self.nodelist = name, key, nodelist

    def render(self, context: Context) -> SafeString:
        name = str(self.name.resolve(context))
        key = str(self.key.resolve(context)) if self.key else ""
        return shared_page.place(name, key, self.nodelist, context)


@register.tag
def personal(parser: Parser, token: Token) -> PersonalNode:
    """{% personal "name" key %}…{% endpersonal %}: a part that is one reader's own."""
    name, *rest = token.split_contents()[1:]
    nodelist = parser.parse(("endpersonal",))
    parser.delete_first_token()
    key = parser.compile_filter(rest[0]) if rest else None
    return PersonalNode(parser.compile_filter(name), key, nodelist)
