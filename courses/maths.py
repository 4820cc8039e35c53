"""Formulas written in LaTeX, shown as MathML: checked, converted, and cleaned.

The converter passes unknown commands and markup through, so formulas are checked before
and only known MathML elements and attributes come out.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from latex2mathml import commands as latex_commands
from latex2mathml.converter import convert
from latex2mathml.symbols_parser import SYMBOLS

MOST = 2000  # characters of one formula
INLINE = re.compile(r"\\\((.+?)\\\)", re.DOTALL)
TOKEN = re.compile(
    r"\\begin\s*\{[^}]*\}|\\end\s*\{[^}]*\}|\\[A-Za-z]+\*?|\\.|[{}]|[^\\{}]"
)
REFUSED = {
    r"\href", r"\style", r"\class", r"\newcommand", r"\newenvironment", r"\def",
    r"\DeclareMathOperator",
}  # fmt: skip
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle merror mpadded mphantom "
        "menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none "
        "mtable mtr mtd",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        "xmlns display stretchy fence form separator accent accentunder movablelimits "
        "mathvariant mathsize width height depth lspace rspace linethickness minsize maxsize "
        "columnalign rowspacing columnspacing columnlines rowlines displaystyle scriptlevel "
        "notation bevelled symmetric largeop",
    )
)
PRESENT = {"xmlns": "http://www.w3.org/1998/Math/MathML"}


class FormulaError(ValueError):
    """A formula that cannot be shown; the text names the place."""


def _known() -> frozenset[str]:
    """Every command the converter understands."""
    found: set[str] = {r"\begin", r"\end"}

    def gather(value: object) -> None:
        if isinstance(value, str) and value.startswith("\\"):
            found.add(value)
        elif isinstance(value, dict):
            for key, one in value.items():
                gather(key)
                gather(one)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for one in value:
                gather(one)

    gather({name: one for name, one in vars(latex_commands).items() if name.isupper()})
    return frozenset(found | set(SYMBOLS)) - REFUSED - {"\\"}


KNOWN = _known()


def check(formula: str) -> None:
    """Raises FormulaError with the place, counted from 1 in characters and lines."""
    if len(formula) > MOST:
        raise FormulaError(_("The formula is too long."))
    open_at: list[tuple[str, int]] = []
    for token, place in _tokens(formula):
        _balance(formula, token, place, open_at)
        if _unknown(token):
            text = _("%(command)s is not available") % {"command": token}
            raise FormulaError(_at(formula, place, text))
    if open_at:
        token, place = open_at[-1]
        text = _("%(opening)s is never closed") % {"opening": token}
        raise FormulaError(_at(formula, place, text))
    try:
        convert(formula)
    except Exception as error:  # the converter raises many kinds, without a place
        raise FormulaError(_("Something is missing in the formula.")) from error


def _tokens(formula: str) -> Iterator[tuple[str, int]]:
    for match in TOKEN.finditer(formula):
        yield match.group(0), match.start()
    if formula.endswith("\\") and not formula.endswith("\\\\"):
        yield "\\", len(formula) - 1


def _balance(
    formula: str, part: str, place: int, open_at: list[tuple[str, int]]
) -> None:
    """Keep what is open; raises FormulaError for a closing without its opening."""
    if part == "{" or part == r"\left" or part.startswith(r"\begin"):
        open_at.append((part, place))
        return
    if part != "}" and part != r"\right" and not part.startswith(r"\end"):
        return
    wanted = {"}": "{", r"\right": r"\left"}.get(part) or part.replace(
        r"\end", r"\begin", 1
    )
    if not open_at or open_at[-1][0] != wanted:
        text = _("%(closing)s closes nothing") % {"closing": part}
        raise FormulaError(_at(formula, place, text))
    open_at.pop()


def _unknown(token: str) -> bool:
    if not token.startswith("\\") or token.startswith((r"\begin", r"\end")):
        return False
    return token not in KNOWN and token.rstrip("*") not in KNOWN


def _at(formula: str, place: int, text: str) -> str:
    before = formula[:place]
    line = before.count("\n") + 1
    character = place - (before.rfind("\n") + 1) + 1
    return _("Line %(line)s, character %(character)s: %(text)s.") % {
        "line": line,
        "character": character,
        "text": text,
    }


@lru_cache(maxsize=1024)
def mathml(formula: str, *, display: str = "block") -> SafeString:
    """The formula as MathML, or as text when it cannot be shown. display: block, inline."""
    try:
        check(formula)
    except FormulaError:
        return SafeString(f"<code>{html.escape(formula)}</code>")
    cleaner = _Cleaner()
    cleaner.feed(convert(formula, display=display))
    cleaner.close()
    spoken = html.escape(formula, quote=True)
    return SafeString(
        "".join(cleaner.parts).replace("<math ", f'<math alttext="{spoken}" ', 1)
    )


class _Cleaner(HTMLParser):
    """Keeps known MathML; everything else becomes text or goes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.parts.append(html.escape(self.get_starttag_text() or ""))
            return
        kept = "".join(
            f' {name}="{html.escape(value or "", quote=True)}"'
            for name, value in attrs
            if name in ATTRIBUTES and PRESENT.get(name, value) == value
        )
        self.open.append(tag)
        self.parts.append(f"<{tag}{kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
            self.parts.append(f"</{tag}>")
        else:
            self.parts.append(html.escape(f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        self.parts.append(html.escape(data, quote=False))


def inline_formulas(markup: str) -> list[str]:
    r"""The formulas between \( and \) in a rich text."""
    return [html.unescape(one) for one in INLINE.findall(markup)]


def with_formulas(markup: str) -> SafeString:
    r"""A rendered rich text with \( … \) shown as formulas."""
    if r"\(" not in markup:
        return SafeString(markup)
    return SafeString(
        INLINE.sub(
            lambda match: mathml(html.unescape(match.group(1)), display="inline"),
            markup,
        )
    )
