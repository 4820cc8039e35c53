"""Which function delivers which kind of message; rooms register theirs in ready()."""

from collections.abc import Callable

from outbox.models import Message

Handler = Callable[[Message], None]
_handlers: dict[str, Handler] = {}


def register(kind: str) -> Callable[[Handler], Handler]:
    """Decorator: this function delivers messages of that kind. It may run twice."""

    def keep(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return keep


def handler_of(kind: str) -> Handler:
    """Raises KeyError for a kind nobody registered (a room that was removed)."""
    return _handlers[kind]
