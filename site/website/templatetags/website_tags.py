import json
from typing import Any

from django import template
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from website import shared_page
from website.memory import Memory

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


class FixedNode(Node):
    def __init__(self, keys: list[FilterExpression], nodelist: NodeList) -> None:
        self.keys, self.nodelist = keys, nodelist
        self._made: Memory[SafeString] = Memory(32)

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(str(key.resolve(context)) for key in self.keys))
        made = self._made.get(key)
        if made is None:
            made = self.nodelist.render(context)
            self._made.put(key, made)
        return made


@register.tag
def fixed(parser: Parser, token: Token) -> FixedNode:
    """{% fixed key… %}…{% endfixed %}: a part that only its keys and the language change.

    Each process renders it once for them. Nothing inside may look at anything else.
    """
    keys = [parser.compile_filter(key) for key in token.split_contents()[1:]]
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(PersonalNode):
        raise TemplateSyntaxError("a fixed part holds nothing of a reader's own")
    return FixedNode(keys, nodelist)
