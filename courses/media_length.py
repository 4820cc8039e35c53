"""How long a recording is, read from the file itself."""

import struct
import wave
from typing import Any, BinaryIO

TEXT = r"^\d{1,3}:[0-5]\d(:[0-5]\d)?$"
MOST_BOXES = 1000


def seconds(text: Any) -> int:
    """12:34 or 1:02:03 as seconds; 0 for nothing. Whole seconds come as they are."""
    if isinstance(text, int):
        return text
    total = 0
    for part in str(text or "0").split(":"):
        total = total * 60 + int(part)
    return total


def as_text(length: int) -> str:
    """Seconds as 12:34; empty for 0."""
    hours, rest = divmod(length, 3600)
    start = f"{hours}:{rest // 60:02}" if hours else f"{rest // 60}"
    return f"{start}:{rest % 60:02}" if length else ""


def of(document: Any) -> int:
    """Whole seconds of an MP4, M4A or WAV file; 0 when it cannot be told."""
    reader = {"mp4": _mp4, "m4v": _mp4, "m4a": _mp4, "wav": _wav}.get(
        document.file_extension.lower()
    )
    if reader is None:
        return 0
    try:
        with document.file.open("rb") as handle:
            return round(reader(handle))
    except (OSError, EOFError, ValueError, struct.error, wave.Error, ZeroDivisionError):
        return 0


def _wav(handle: BinaryIO) -> float:
    with wave.open(handle) as sound:
        return float(sound.getnframes() / sound.getframerate())


def _mp4(handle: BinaryIO) -> float:
    """The duration in the movie header (ISO 14496-12, moov/mvhd)."""
    end = _inside(handle, b"moov", None)
    _inside(handle, b"mvhd", end)
    version = handle.read(4)[0]
    if version == 1:
        scale, length = struct.unpack(">16xIQ", handle.read(28))
    else:
        scale, length = struct.unpack(">8xII", handle.read(16))
    return float(length / scale)


def _inside(handle: BinaryIO, wanted: bytes, end: int | None) -> int:
    """Move into the box with this name; where it ends. Raises ValueError without one."""
    for _box in range(MOST_BOXES):
        start = handle.tell()
        if end is not None and start >= end:
            break
        size, name = struct.unpack(">I4s", handle.read(8))
        if size == 1:
            (size,) = struct.unpack(">Q", handle.read(8))
        if name == wanted:
            return int(start + size)
        if size < 8:
            break
        handle.seek(start + size)
    raise ValueError(f"no {wanted.decode()} box")
