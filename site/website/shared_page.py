"""A page kept for many readers: rendered for nobody, with places for what is a reader's own.

Templates mark such a place: {% personal "name" key %}…{% endpersonal %}. On an ordinary
page the tags change nothing. make() renders a page without any reader and leaves those
places open; fill() puts into each what one reader's values make of it. So the kept text
cannot hold anybody's data: nobody's was there when it was made.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Context, NodeList, Template
from django.utils.safestring import SafeString

# no text holds these: they are other ones in each process and never shown
GAP = f"gap{secrets.token_hex(16)}"
TOKEN = f"token{secrets.token_hex(16)}"
KEPT = 64


@dataclass(frozen=True)
class Own:
    """What one reader's place is rendered from. alike: others with these values may share it."""

    values: tuple[tuple[str, Any], ...] = ()
    alike: bool = True


type Values = Callable[[str, str], Own]


@dataclass
class Place:
    """An open place. around: what the template knew there, without any reader."""

    name: str
    key: str
    nodes: NodeList
    template: Template
    around: dict[str, Any]
    _made: OrderedDict[Own, str] = field(default_factory=OrderedDict)

    def fill(self, own: Own) -> str:
        if not own.alike:
            return self._render(own)
        known = self._made.get(own)
        if known is None:
            known = self._render(own)
            self._made[own] = known
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return known

    def _render(self, own: Own) -> str:
        context = Context({**self.around, **dict(own.values), "csrf_token": TOKEN})
        with (
            context.render_context.push_state(self.template),
            context.bind_template(self.template),
        ):
            return str(self.nodes.render(context))


_making: ContextVar[list[Place] | None] = ContextVar("shared page", default=None)


@dataclass(frozen=True)
class SharedPage:
    """texts: one more than places."""

    texts: tuple[str, ...]
    places: tuple[Place, ...]

    def fill(self, request: HttpRequest, values: Values) -> str:
        """The page of this request's reader. values: what belongs to them, by name and key."""
        found = [self.texts[0]]
        for place, text in zip(self.places, self.texts[1:], strict=True):
            found.append(place.fill(values(place.name, place.key)))
            found.append(text)
        page = "".join(found)
        return page.replace(TOKEN, get_token(request)) if TOKEN in page else page


def make(render: Callable[[], str]) -> SharedPage:
    """render: makes the page's text; it must know no reader."""
    places: list[Place] = []
    asked = _making.set(places)
    try:
        text = render()
    finally:
        _making.reset(asked)
    first, *rest = text.split(GAP)
    order, texts = [], [first]
    for part in rest:
        number, _end, after = part.partition(";")
        order.append(places[int(number)])
        texts.append(after)
    return SharedPage(tuple(texts), tuple(order))


def place(name: str, key: str, nodes: NodeList, context: Context) -> SafeString:
    """The nodes rendered, or an open place while a shared page is made."""
    places = _making.get()
    if places is None:
        return nodes.render(context)
    around: dict[Any, Any] = context.flatten()
    assert context.template is not None  # noqa: S101  a tag is rendered inside one
    places.append(Place(name, key, nodes, context.template, around))
    return SafeString(f"{GAP}{len(places) - 1};")


def without_reader(request: HttpRequest) -> HttpRequest:
    """A request for the same page that nobody makes: no account, session or message."""
    nobody = HttpRequest()
    nobody.method = "GET"
    nobody.path, nobody.path_info = request.path, request.path_info
    names = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "HTTP_X_FORWARDED_PROTO")
    nobody.META = {name: request.META[name] for name in names if name in request.META}
    looks = ("theme", "palette")
    nobody.COOKIES = {
        name: request.COOKIES[name] for name in looks if name in request.COOKIES
    }
    nobody.resolver_match = request.resolver_match
    nobody.user = AnonymousUser()
    return nobody
