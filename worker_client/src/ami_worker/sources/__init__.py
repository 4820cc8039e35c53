"""Where fills come from. Each source is one entry point of the group `ami_worker.sources`.

A source looks at a document and says which version of its export it is, or None; then
it turns the document into fills. A CSV broker is a `ami_worker.sources.table.Table`:
its headers, and one function from a row to a fill.
"""

from importlib.metadata import entry_points
from typing import Protocol
from zoneinfo import ZoneInfo

from ami_worker._errors import FileError
from ami_worker.fills import Parsed
from ami_worker.reading import Document

GROUP = "ami_worker.sources"


class Source(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def versions(self) -> dict[str, str]:
        """Version name → what is recognised (a header line or section names)."""
        ...

    def recognise(self, document: Document) -> str | None:
        """The version of the export, None when the file is not of this source."""
        ...

    def parse(self, document: Document, account_id: str, zone: ZoneInfo) -> Parsed:
        """All fills of a recognised document, or FileError with every bad row."""
        ...


def discover() -> list[Source]:
    """Installed sources, by id. A distribution that cannot be loaded says so itself."""
    found = entry_points(group=GROUP)
    return [point.load() for point in sorted(found, key=lambda point: point.name)]


def detect(document: Document) -> tuple[Source, str]:
    """The source and version of a document; FileError tells what was seen instead."""
    sources = discover()
    for source in sources:
        version = source.recognise(document)
        if version:
            return source, version
    columns = ", ".join(cell[:40] for cell in document.header[:40])
    known = ", ".join(source.title for source in sources)
    raise FileError(
        f"{document.name}: unknown format. Its first line reads: {columns}\n"
        f"Known formats: {known} (see `ami-worker formats`). "
        "Export the file again in one of them, without editing it."
    )
