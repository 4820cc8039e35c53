"""A course folder as one zip file. Unpacking trusts nothing in it.

Everything is checked before the first byte is written: names that leave the folder,
links, too many or too large files, encrypted or damaged ones are refused by name.
"""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from courses.course_export import Files
from courses.course_folder import FolderError

MOST_FILES = 5_000
MOST_BYTES = 1024**3  # all files together, unpacked
MOST_TEXT = 2 * 1024**2  # one Markdown file
MOST_RATIO = 200  # unpacked : packed; a zip bomb has thousands
CHUNK = 256 * 1024
STAMP = (2000, 1, 1, 0, 0, 0)  # the same course gives the same bytes


def pack(files: Files, target: Path) -> None:
    """Write the folder into target, a new zip file."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files.texts):
            archive.writestr(_entry(f"{files.code}/{path}"), files.texts[path])
        for path in sorted(files.media):
            with (
                files.media[path].open("rb") as source,
                archive.open(_entry(f"{files.code}/{path}"), "w") as sink,
            ):
                for chunk in source.chunks():
                    sink.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def unpack(source: Path, folder: Path) -> Path:
    """Unpack into folder, which is empty; the folder that holds course.*.md.

    Raises FolderError naming the file that is wrong; then nothing in folder is of use.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            entries = _checked(archive.infolist())
            for entry, path in entries:
                _write(archive, entry, folder / path)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise FolderError(
            f"{source.name}: this zip file is damaged ({error})"
        ) from error
    found = sorted({path.parent for path in folder.rglob("course.*.md")})
    if len(found) != 1:
        raise FolderError(
            f"{source.name}: expected one folder with course.<language>.md"
        )
    return found[0]


def _checked(
    entries: list[zipfile.ZipInfo],
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    files = [entry for entry in entries if not entry.is_dir()]
    if len(files) > MOST_FILES:
        raise FolderError(f"{len(files)} files in the zip; {MOST_FILES} is the limit")
    total = sum(entry.file_size for entry in files)
    if total > MOST_BYTES:
        raise FolderError(f"{total} bytes in the zip; {MOST_BYTES} is the limit")
    paths = [_safe_path(entry) for entry in files]
    names = [str(path).casefold() for path in paths]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise FolderError(f"{paths[place]}: twice in the zip")
    return list(zip(files, paths, strict=True))


def _safe_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name, path = entry.filename, PurePosixPath(entry.filename)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if leaves or any(ord(letter) < 32 for letter in name):
        raise FolderError(f"{name!r}: this name leads out of the folder")
    mode = entry.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise FolderError(f"{name}: not a plain file")
    if entry.flag_bits & 0x1:
        raise FolderError(f"{name}: encrypted")
    if entry.file_size > MOST_RATIO * max(entry.compress_size, 1) + CHUNK:
        raise FolderError(f"{name}: packed far too tightly")
    if path.suffix == ".md" and entry.file_size > MOST_TEXT:
        raise FolderError(f"{name}: {MOST_TEXT} bytes is the limit for a text")
    return path


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one file; its size in the directory may lie, so the bytes are counted."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as source, target.open("xb") as sink:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > entry.file_size:
                raise FolderError(f"{entry.filename}: larger than it says")
            sink.write(chunk)
