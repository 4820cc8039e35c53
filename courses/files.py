"""Videos, captions and downloads of lessons: served only to those who may read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.contrib.contenttypes.models import ContentType
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from wagtail.documents import get_document_model
from wagtail.models import Page, ReferenceIndex, Revision

from courses.access import decide
from courses.models import LessonPage

Document = get_document_model()
CHUNK = 64 * 1024
DOCUMENT_FIELDS = {
    "video": ("file", "captions"),
    "audio": ("file", "captions"),
    "download": ("file",),
}
# how a revision's JSON names a document: a field of a block, or a link in rich text
DRAFT = (
    r'\\"(file|captions|document)\\": %(id)d[,}\]]'
    r'|linktype=\\+"document\\+" id=\\+"%(id)d\\+"'
    r'|id=\\+"%(id)d\\+" linktype=\\+"document\\+"'
)


def ids_in(lesson: LessonPage) -> set[int]:
    """Ids of the documents in the lesson's published text."""
    found = set()
    for child in lesson.body:
        for name in DOCUMENT_FIELDS.get(child.block_type, ()):
            document = child.value[name]
            if document:
                found.add(document.pk)
    return found


def may_download(request: HttpRequest, document_id: int) -> bool:
    """The rule for Wagtail's own document address.

    A file that a published page or another object shows is public; a lesson's file
    follows its lesson; one that only drafts hold is for staff. A file nothing mentions is
    public, as in Wagtail: editors send such addresses by mail.
    """
    held = _holders(document_id)
    lessons = list(LessonPage.objects.filter(pk__in=held.pages))
    others = Page.objects.filter(pk__in=held.pages - {one.pk for one in lessons})
    if held.elsewhere or (held.pages and others.live().exists()):
        return True
    if any(decide(request.user, lesson).allowed for lesson in lessons):
        return True
    if held.pages or _in_a_draft(document_id):
        return request.user.has_perm("wagtailadmin.access_admin") and not lessons
    return True


@dataclass(frozen=True)
class Holders:
    """pages: ids of the pages that mention a document. elsewhere: whether another object does."""

    pages: set[int]
    elsewhere: bool


def _holders(document_id: int) -> Holders:
    """What mentions the document in its saved text; drafts of published pages do not count."""
    found = ReferenceIndex.get_references_to(Document(pk=document_id))
    rows = set(found.values_list("base_content_type", "object_id"))
    page_type = ContentType.objects.get_for_model(Page).pk
    pages = {int(pk) for kind, pk in rows if kind == page_type}
    others = (_published(kind, pk) for kind, pk in rows if kind != page_type)
    return Holders(pages, elsewhere=any(others))


def _published(kind: int, pk: str) -> bool:
    """Whether this object is there and no draft."""
    model = ContentType.objects.get_for_id(kind).model_class()
    found = model._default_manager.filter(pk=pk).first() if model else None
    return found is not None and getattr(found, "live", True)


def _in_a_draft(document_id: int) -> bool:
    """Whether the newest revision of an unpublished page or change mentions the document.

    Read as text: drafts are not in the reference index. Only asked about files that
    nothing saved mentions.
    """
    drafts = Page.objects.filter(has_unpublished_changes=True)
    found: bool = (
        Revision.objects.filter(pk__in=drafts.values("latest_revision"))
        .annotate(text=Cast("content", TextField()))
        .filter(text__regex=DRAFT % {"id": document_id})
        .exists()
    )
    return found


def serve(
    request: HttpRequest, document_id: int, *, download: bool
) -> HttpResponseBase:
    """The file, whole or the byte range asked for (players need it to jump)."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None:
        raise Http404
    try:
        handle = document.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    size = document.file.size
    asked = _range(request.headers.get("Range", ""), size)
    if asked is None:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, end, partial = asked
    handle.seek(start)
    response = StreamingHttpResponse(
        _chunks(handle, end - start + 1),
        status=206 if partial else 200,
        content_type=document.content_type,
    )
    if partial:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    kind = "attachment" if download else "inline"
    name = re.sub(r"[^\w.-]", "_", document.filename)
    response["Content-Disposition"] = f'{kind}; filename="{name}"'
    return response


def _range(header: str, size: int) -> tuple[int, int, bool] | None:
    """First byte, last byte and whether a part was asked for; None if outside the file."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if not match or match.group(0) == "bytes=-":
        return 0, size - 1, False
    first, last = match.groups()
    if not first:  # the last N bytes
        return max(size - int(last), 0), size - 1, True
    start, end = int(first), min(int(last or size - 1), size - 1)
    return (start, end, True) if start <= end else None


def _chunks(handle: BinaryIO, length: int) -> Iterator[bytes]:
    with handle:
        while length > 0:
            chunk = handle.read(min(CHUNK, length))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk
