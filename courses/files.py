"""Videos, captions and downloads of lessons: served only to those who may read them."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from wagtail.documents import get_document_model
from wagtail.models import ReferenceIndex

from courses.access import decide
from courses.models import LessonPage

Document = get_document_model()
CHUNK = 64 * 1024
DOCUMENT_FIELDS = {
    "video": ("file", "captions"),
    "audio": ("file", "captions"),
    "download": ("file",),
}


def ids_in(lesson: LessonPage) -> set[int]:
    """Ids of the documents in the lesson's published text."""
    found = set()
    for child in lesson.body:
        for name in DOCUMENT_FIELDS.get(child.block_type, ()):
            document = child.value[name]
            if document:
                found.add(document.pk)
    return found


def lessons_with(document_id: int) -> tuple[list[LessonPage], bool]:
    """Lessons whose text holds the document, and whether anything else holds it too."""
    document = Document(pk=document_id)
    holders = {
        (reference.base_content_type_id, reference.object_id)
        for reference in ReferenceIndex.get_references_to(document)
    }
    lessons = list(LessonPage.objects.filter(pk__in=[pk for _type, pk in holders]))
    return lessons, len(holders) > len(lessons)


def may_download(request: HttpRequest, document_id: int) -> bool:
    """The rule for Wagtail's own document address: a lesson's file follows its lesson."""
    lessons, elsewhere = lessons_with(document_id)
    if not lessons or elsewhere:
        return True
    return any(decide(request.user, lesson).allowed for lesson in lessons)


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
