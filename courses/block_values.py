"""Blocks of a lesson as plain values for a course folder, and back.

Ids of this site (images, documents, pages) become paths in media/ and `page:<key>`, so
that a folder means the same on another site. Works for every block by its definition.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

EMPTY: tuple[Any, ...] = (None, "", [])
LINK = re.compile(
    r'<a ([^>]*?)(?:linktype="page" id="(\d+)"|id="(\d+)" linktype="page")'
)
PORTABLE = re.compile(r'<a ([^>]*?)href="page:([0-9a-f-]{36})"')


class Paths(Protocol):
    """What rows of this site are called in a folder."""

    def image_path(self, pk: int) -> str: ...
    def document_path(self, pk: int) -> str: ...
    def page_key(self, pk: int) -> str: ...


class Rows(Protocol):
    """What a folder's names are on this site. Raises FolderError for what is not there."""

    def image_pk(self, path: str, alt: str) -> int: ...
    def document_pk(self, path: str, title: str) -> int: ...
    def page_pk(self, key: str) -> int: ...


def encode(block: blocks.Block, raw: Any, site: Paths) -> Any:
    """The stored value as YAML can hold it; what equals the default is left out."""
    if isinstance(block, TableBlock):
        return raw
    if isinstance(block, blocks.BaseStructBlock):
        return _encode_struct(block, raw, site)
    if isinstance(block, blocks.ListBlock):
        return [_encode_item(block.child_block, item, site) for item in raw or []]
    if isinstance(block, blocks.BaseStreamBlock):
        return [
            {
                "type": child["type"],
                **_encode_item(block.child_blocks[child["type"]], child, site),
            }
            for child in raw or []
        ]
    return _encode_field(block, raw, site)


def _encode_struct(block: Any, raw: dict[str, Any], site: Paths) -> dict[str, Any]:
    found = {}
    for name, child in block.child_blocks.items():
        value = encode(child, raw.get(name), site)
        default = encode(child, default_of(child), site)
        if value != default and value not in EMPTY:
            found[name] = value
    return found


def _encode_item(block: blocks.Block, item: dict[str, Any], site: Paths) -> Any:
    value = encode(block, item["value"], site)
    if isinstance(value, dict):
        return {"id": item["id"], **value}
    return {"id": item["id"], "text": value}


def _encode_field(block: blocks.Block, raw: Any, site: Paths) -> Any:
    if raw is None:
        return None
    if isinstance(block, ImageChooserBlock):
        return site.image_path(raw)
    if isinstance(block, DocumentChooserBlock):
        return site.document_path(raw)
    if isinstance(block, blocks.PageChooserBlock):
        return f"page:{site.page_key(raw)}"
    if isinstance(block, blocks.RichTextBlock):
        return portable(raw, site)
    if isinstance(raw, bool | int | str):
        return raw
    return str(raw)


def decode(block: blocks.Block, value: Any, site: Rows, name: str) -> Any:
    """The value to store. name: what ids that the file does not give are made from.

    Raises ValueError or KeyError for what does not fit the block.
    """
    if isinstance(block, TableBlock):
        return value
    if isinstance(block, blocks.BaseStructBlock):
        return _decode_struct(block, value, site, name)
    if isinstance(block, blocks.ListBlock):
        return [
            _decode_item(block.child_block, "item", one, site, f"{name}/{place}")
            for place, one in enumerate(_listed(value))
        ]
    if isinstance(block, blocks.BaseStreamBlock):
        return [
            _decode_item(
                block.child_blocks[one["type"]], one["type"],
                {key: found for key, found in one.items() if key != "type"},
                site, f"{name}/{place}",
            )
            for place, one in enumerate(_listed(value))
        ]  # fmt: skip
    return _decode_field(block, value, site)


def _decode_struct(block: Any, value: Any, site: Rows, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("expected “name: value” lines")
    unknown = set(value) - set(block.child_blocks) - {"id"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(map(str, unknown)))}: not known here")
    return {
        field: decode(child, value[field], site, f"{name}/{field}")
        if field in value
        else default_of(child)
        for field, child in block.child_blocks.items()
    }


def _decode_item(
    block: blocks.Block, kind: str, item: Any, site: Rows, name: str
) -> dict[str, Any]:
    identity, inner = "", item
    if isinstance(item, dict):
        identity = str(item.get("id") or "")
        struct = isinstance(block, blocks.BaseStructBlock)
        inner = item if struct else item.get("text")
    found = decode(block, inner, site, name)
    identity = identity or str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return {"type": kind, "id": identity, "value": found}


def _decode_field(block: blocks.Block, value: Any, site: Rows) -> Any:
    if value is None:
        return default_of(block)
    for kind, read in _reference_kinds(site).items():
        if isinstance(block, kind):
            return read(str(value))
    if isinstance(block, blocks.BooleanBlock):
        return bool(value)
    if isinstance(block, blocks.IntegerBlock):
        return int(value)
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{value!r} is not a text")
    return str(value)


def _reference_kinds(site: Rows) -> dict[type, Callable[[str], Any]]:
    return {
        ImageChooserBlock: lambda path: site.image_pk(path, ""),
        DocumentChooserBlock: lambda path: site.document_pk(path, ""),
        blocks.PageChooserBlock: lambda key: site.page_pk(key.removeprefix("page:")),
        blocks.RichTextBlock: lambda html: local(html, site),
    }


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value


def default_of(block: blocks.Block) -> Any:
    """The stored form of a block's default; "" for a text without one."""
    found = block.get_prep_value(block.get_default())
    textual = (
        blocks.CharBlock, blocks.TextBlock, blocks.RichTextBlock, blocks.URLBlock,
        blocks.ChoiceBlock,
    )  # fmt: skip
    return "" if found is None and isinstance(block, textual) else found


def portable(html: str, site: Paths) -> str:
    """Links to pages of this site by their translation key."""
    return LINK.sub(
        lambda match: (
            f'<a {match[1]}href="page:{site.page_key(int(match[2] or match[3]))}"'
        ),
        html,
    )


def local(html: str, site: Rows) -> str:
    """The reverse of portable()."""
    return PORTABLE.sub(
        lambda match: f'<a {match[1]}linktype="page" id="{site.page_pk(match[2])}"',
        html,
    )
