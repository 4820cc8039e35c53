"""HTML to PDF by WeasyPrint, which may load our static files and nothing else.

Imported only where a document is rendered: WeasyPrint takes 1.5 s to load and needs
Pango, and the web process must start without either.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STATIC = "static:///"
FONTS = "ami/css/document-fonts.css"
_of_thread = threading.local()


class StaticOnlyFetcher(URLFetcher):
    """Serves the static files under ami/ and refuses every other address."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        name = url.removeprefix(STATIC)
        found = finders.find(name) if self._is_ours(url, name) else None
        if found is None:
            raise FatalURLFetchingError(f"a document may not load {url[:200]}")
        return URLFetcherResponse(url, Path(str(found)).read_bytes())

    @staticmethod
    def _is_ours(url: str, name: str) -> bool:
        return url.startswith(f"{STATIC}ami/") and ".." not in name and "%" not in name


@dataclass(frozen=True)
class AttachedFile:
    """A file inside the PDF; made_at is written beside its name."""

    name: str
    content: str
    description: str
    made_at: datetime


def _fonts() -> tuple[FontConfiguration, CSS]:
    """The fonts of all documents, unpacked once for each thread (0.15 s)."""
    if not hasattr(_of_thread, "fonts"):
        config = FontConfiguration()
        sheet = CSS(
            url=STATIC + FONTS, url_fetcher=StaticOnlyFetcher(), font_config=config
        )
        _of_thread.fonts = (config, sheet)
    found: tuple[FontConfiguration, CSS] = _of_thread.fonts
    return found


def pdf_of(
    html: str,
    *,
    identifier: str,
    attached: tuple[AttachedFile, ...] = (),
    variant: str | None = None,
) -> bytes:
    """The document's bytes; equal arguments give equal bytes. About 0.1 s.

    variant: a PDF profile that WeasyPrint knows, such as "pdf/a-3b".

    Inter is there in 400, 600 and 700 ("Inter Extended" for what Latin leaves out).
    """
    fonts, faces = _fonts()
    document = HTML(string=html, base_url=STATIC, url_fetcher=StaticOnlyFetcher())
    attachments = [
        Attachment(
            string=file.content,
            name=file.name,
            description=file.description,
            created=file.made_at,
            modified=file.made_at,
            relationship="Data",
        )
        for file in attached
    ]
    return bytes(
        document.write_pdf(
            stylesheets=[faces],
            font_config=fonts,
            pdf_identifier=identifier.encode(),
            attachments=attachments or None,
            pdf_tags=True,
            pdf_variant=variant,
        )
    )
