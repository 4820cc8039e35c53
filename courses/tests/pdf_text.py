"""Reads the words of a PDF that WeasyPrint made, with nothing but zlib."""

import re
import zlib


def text_of(pdf: bytes) -> str:
    """The words a reader of the PDF sees: its glyphs through the fonts' own tables."""
    return "".join(shown_text(pdf))


def unpacked(pdf: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            found.append(zlib.decompressobj().decompress(pdf[match.end() :]))
        except zlib.error:
            continue
    return found


def shown_text(pdf: bytes) -> list[str]:
    """Text of the page: every font's ToUnicode table (merged) read over its strings.

    WeasyPrint keeps glyph numbers per font file; both files here are of one family and
    the tables are asked one after the other for each text run.
    """
    streams = unpacked(pdf)
    tables = []
    for stream in streams:
        if b"beginbfchar" in stream:
            pairs = re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>", stream)
            tables.append(
                {
                    code.lower(): bytes.fromhex(to.decode()).decode("utf-16-be")
                    for code, to in pairs
                }
            )
    page = next(one for one in streams if b" Tf" in one and b"TJ" in one)
    runs = re.findall(rb"\[(.*?)\]\s*TJ", page, re.DOTALL)
    words = []
    for run in runs:
        glyphs = re.findall(rb"[0-9a-f]{4}", b"".join(re.findall(rb"<(.*?)>", run)))
        words.append(
            ["".join(table.get(glyph, "�") for glyph in glyphs) for table in tables]
        )
    return [next((w for w in options if "�" not in w), "?") for options in words]
