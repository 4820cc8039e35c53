"""Whether publishing values would change a page: what an import leaves alone."""

from typing import Any

from courses.markdown_text import normalised


def differs(page: Any, values: dict[str, Any]) -> bool:
    """Whether publishing these values would change the page."""
    for name, value in values.items():
        field = page._meta.get_field(name)
        have = getattr(page, name)
        if hasattr(field, "stream_block"):
            if _stored(field, have) != _stored(field, field.to_python(value)):
                return True
        elif have != value:
            return True
    return False


def _stored(field: Any, stream: Any) -> Any:
    """A stream as it is stored, after every value was read (raw forms may differ)."""
    for child in stream:
        _touched = child.value
    return _same_text(field.get_prep_value(stream))


def _same_text(value: Any) -> Any:
    """Rich text of the editor and of Markdown say the same in other words."""
    if isinstance(value, dict):
        return {name: _same_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_same_text(inner) for inner in value]
    if isinstance(value, str) and value.startswith("<"):
        return normalised(value)
    return "" if value is None else value  # a field left empty or never filled in
