"""Captions as WebVTT: read, checked, and turned into the lines of a transcript."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

LARGEST = 2 * 1024 * 1024  # bytes; two hours of speech are about 200 kB
TIMING = re.compile(r"\s*(\S+)\s+-->\s+(\S+)(?:\s.*)?")
CLOCK = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
TAG = re.compile(r"<[^>]*>")
NOT_CUES = ("NOTE", "STYLE", "REGION")


class CaptionsError(ValueError):
    """A captions file that players cannot show; the text names the line."""


@dataclass(frozen=True)
class Cue:
    """One caption. start, end: seconds. text: plain, with the speaker's name in front."""

    start: float
    end: float
    text: str

    @property
    def second(self) -> int:
        """The whole second to jump to."""
        return int(self.start)

    @property
    def clock(self) -> str:
        """The start as people write it: 1:23, 1:02:03."""
        return clock(self.second)


def clock(second: int) -> str:
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def parse(text: str) -> list[Cue]:
    """The cues in order. Raises CaptionsError with the line's number."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    blocks = list(_blocks(lines.split("\n")))
    if not blocks or not re.match(r"WEBVTT(?:[ \t]|$)", blocks[0][1][0]):
        raise CaptionsError(_("Line 1: the file must begin with WEBVTT."))
    cues: list[Cue] = []
    for number, block in blocks[1:]:
        if block[0].split(" ")[0] in NOT_CUES:
            continue
        cue = _cue(number, block)
        if cues and cue.start < cues[-1].start:
            raise CaptionsError(
                _("Line %(line)s: it starts before the caption above it.")
                % {"line": number}
            )
        cues.append(cue)
    if not any(cue.text for cue in cues):
        raise CaptionsError(_("There are no captions in this file."))
    return [cue for cue in cues if cue.text]


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines) of each part between blank lines."""
    first = 1
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            if not block:
                first = number
            block.append(line)
        elif block:
            yield first, block
            block = []


def _cue(number: int, block: list[str]) -> Cue:
    """A cue with or without a name above its times."""
    named = len(block) > 1 and "-->" not in block[0] and "-->" in block[1]
    line, times, body = number + named, block[named], block[named + 1 :]
    match = TIMING.fullmatch(times)
    if not match:
        raise CaptionsError(
            _("Line %(line)s: write the times as 00:01.000 --> 00:04.000.")
            % {"line": line}
        )
    start, end = (_seconds(value, line) for value in match.groups())
    if end <= start:
        raise CaptionsError(
            _("Line %(line)s: the caption ends before it starts.") % {"line": line}
        )
    return Cue(start, end, _plain(" ".join(body)))


def _seconds(value: str, line: int) -> float:
    match = CLOCK.fullmatch(value)
    if not match:
        raise CaptionsError(
            _("Line %(line)s: %(value)s is not a time such as 00:01.000.")
            % {"line": line, "value": value[:20]}
        )
    hours, minutes, seconds, thousandths = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _plain(text: str) -> str:
    named = VOICE.sub(lambda match: f"{match.group(1).strip()}: ", text)
    return " ".join(html.unescape(TAG.sub("", named)).split())


def read(document: Any) -> list[Cue]:
    """The cues of a stored file. Raises CaptionsError, also for a file that is not text."""
    if document.file.size > LARGEST:
        raise CaptionsError(_("The file is too large to be captions."))
    with document.file.open("rb") as handle:
        content: bytes = handle.read()
    try:
        return parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CaptionsError(_("The file is not text in UTF-8.")) from error


def lines(document: Any) -> tuple[Cue, ...]:
    """The cues for a transcript; none for a missing or broken file. Kept by content."""
    if not document:
        return ()
    return _lines(_Key(document.pk, document.file_hash, document))


class _Key:
    """Equal for the same content, so that a file is read once per process."""

    def __init__(self, pk: int, digest: str, document: Any) -> None:
        self.identity = (pk, digest)
        self.document = document

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.identity == self.identity


@lru_cache(maxsize=256)
def _lines(key: _Key) -> tuple[Cue, ...]:
    try:
        return tuple(read(key.document))
    except (CaptionsError, OSError):
        return ()
