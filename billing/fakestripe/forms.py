"""Form bodies with bracketed names, as Stripe's clients send them."""

import re
from typing import Any
from urllib.parse import parse_qsl

from billing.fakestripe.store import Obj


def parse(text: str) -> Obj:
    """`a[b][0]=x` as nested dicts and lists; every leaf is text."""
    tree: Obj = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _insert(tree, re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name), value)
    return {key: _lists(value) for key, value in tree.items()}


def _insert(tree: Obj, path: list[str], value: str) -> None:
    node = tree
    for token in path[:-1]:
        child = node.setdefault(token or str(len(node)), {})
        if not isinstance(child, dict):
            child = node[token] = {}
        node = child
    if path:
        node[path[-1] or str(len(node))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = {key: _lists(item) for key, item in value.items()}
    if items and list(items) == [str(index) for index in range(len(items))]:
        return list(items.values())
    return items
