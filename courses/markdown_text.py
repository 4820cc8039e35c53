"""Rich text as Markdown and back, for course folders: only what comes back the same."""

import re
from html import escape
from html.parser import HTMLParser

from markdown_it import MarkdownIt

markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
SAME = {"b": "strong", "i": "em"}
INLINE = {"strong": "**", "em": "*", "code": "`"}
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~!&])")
START = re.compile(r"^(\s*\d*)([-+.)])(\s)", re.MULTILINE)  # of a list
KEPT = {"p", "strong", "em", "code", "a", "br", "ul", "ol", "li"}


def normalised(html: str) -> str:
    """One way to write the same rich text: strong and em, no editor keys, no layout."""
    reader = _Normaliser()
    reader.feed(html)
    reader.close()
    text = "".join(reader.parts)
    return re.sub(r"\s*(</?(?:p|ul|ol|li)>|<br>)\s*", r"\1", text).strip()


def to_markdown(html: str) -> str | None:
    """Markdown that renders to this rich text, or None when there is none."""
    writer = _Writer()
    writer.feed(normalised(html))
    writer.close()
    if writer.unknown:
        return None
    text = writer.text()
    rendered = normalised(markdown.render(text))
    return text if rendered == normalised(html) and _plain(text) else None


def _plain(text: str) -> bool:
    """Whether no line of it would be read as something else by a course folder."""
    return not re.search(r"^(:::|```|\{#)", text, re.MULTILINE)


class _Normaliser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [
            f' {name}="{escape(value or "")}"'
            for name, value in attrs
            if name != "data-block-key"
        ]
        self.parts.append(f"<{SAME.get(tag, tag)}{''.join(kept)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self.parts.append(f"</{SAME.get(tag, tag)}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))


class _Writer(HTMLParser):
    """Writes paragraphs, lists, emphasis, code and links; notes what it cannot."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.unknown = False
        self.lines: list[str] = []
        self.inline = ""
        self.lists: list[int] = []  # -1 for bullets, else the last number
        self.links: list[str] = []
        self.code = False

    def text(self) -> str:
        self._end_line()
        return "\n".join(self.lines).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KEPT or (tag != "a" and attrs):
            self.unknown = True
        elif tag in INLINE:
            self.code = self.code or tag == "code"
            self.inline += INLINE[tag]
        elif tag == "a":
            self._open_link(dict(attrs))
        elif tag == "br":
            self.inline += "\\\n"
        else:
            self._open_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE:
            self.code = self.code and tag != "code"
            self.inline += INLINE[tag]
        elif tag == "a":
            self.inline += f"]({self.links.pop() if self.links else ''})"
        elif tag in ("ul", "ol"):
            self._end_line()
            self.lists.pop()
            if not self.lists:
                self.lines.append("")
        elif tag == "li":
            self._end_line()
        elif tag == "p":
            self._end_line()
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.inline += data if self.code else SPECIAL.sub(r"\\\1", data)

    def _open_link(self, attrs: dict[str, str | None]) -> None:
        address = attrs.get("href") or ""
        if set(attrs) != {"href"} or re.search(r"[\s()<>]", address):
            self.unknown = True
        self.links.append(address)
        self.inline += "["

    def _open_block(self, tag: str) -> None:
        self._end_line()
        if tag in ("ul", "ol"):
            self.lists.append(-1 if tag == "ul" else 0)
        elif tag == "li" and self.lists:
            self.inline = self._bullet()

    def _bullet(self) -> str:
        if self.lists[-1] >= 0:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}. "
        else:
            mark = "- "
        indent = sum(2 if one < 0 else 3 for one in self.lists[:-1])
        return "\0" + " " * indent + mark

    def _end_line(self) -> None:
        if self.inline.startswith("\0"):
            self.lines.append(self.inline[1:].rstrip())
        elif self.inline.strip():
            self.lines.append(START.sub(r"\1\\\2\3", self.inline.strip()))
        self.inline = ""
