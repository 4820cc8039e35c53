"""A certificate as PDF: one landscape page, the signed record inside, sealed."""

import json
from datetime import date, datetime
from typing import Any

import qrcode
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from qrcode.constants import ERROR_CORRECT_M

from courses import certificate_keys
from courses.certificate_signature import seal
from courses.durations import duration
from courses.models import Certificate


def name_of(found: Certificate) -> str:
    """The file's name, in the certificate's language."""
    with translation.override(found.language):
        word = gettext("Certificate").lower()
    return f"{word}-{found.number}.pdf"


def stored(found: Certificate) -> bytes | None:
    """The PDF if it was made."""
    if not found.pdf:
        return None
    with found.pdf.open("rb") as file:
        return bytes(file.read())


def ensure(found: Certificate) -> bytes:
    """The PDF, made and stored the first time, whoever asks first.

    Raises whatever WeasyPrint or the storage raises; asking again is safe.
    """
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=found.pk)
        content = stored(row)
        if content is not None:
            return content
        content = render(row)
        name = f"certificates/{row.issued_at:%Y}/{row.pk}.pdf"
        if row.pdf.storage.exists(name):  # of a delivery that was rolled back
            row.pdf.storage.delete(name)
        row.pdf.name = row.pdf.storage.save(name, ContentFile(content))
        row.save(update_fields=["pdf"])
    return content


def render(found: Certificate) -> bytes:
    """The PDF's bytes, made of the snapshot alone."""
    from outbox.typeset import AttachedFile, pdf_of

    with translation.override(found.language):
        html = render_to_string("courses/certificate_pdf.html", context(found))
        description = gettext("The signed record of this certificate")
    file = AttachedFile(
        name=f"{found.number}.json",
        content=json.dumps(found.document, ensure_ascii=False, indent=1),
        description=description,
        made_at=found.issued_at,
    )
    pdf = pdf_of(html, identifier=found.number, attached=(file,))
    certificate_keys.current()  # published even if it signs nothing but this
    return seal(pdf, certificate_keys.private_key())


def context(found: Certificate) -> dict[str, Any]:
    """What the template shows, in the active language."""
    record = found.record
    return {
        "certificate": found,
        "record": record,
        "design": found.design,
        "completed_on": date.fromisoformat(record["completed_on"]),
        "issued_on": datetime.fromisoformat(record["issued_at"]).date(),
        "duration": duration(int(record["course"]["minutes"])),
        "lessons": len(record["syllabus"]),
        "qr": qr_svg(record["verify"]),
    }


def qr_svg(text: str) -> SafeString:
    """A QR code as an SVG path of one unit per module."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    size = len(rows)
    return mark_safe(  # noqa: S308  numbers only
        f'<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
        f' role="img"><path d="{path}"/></svg>'
    )
