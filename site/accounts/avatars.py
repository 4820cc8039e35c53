"""People's pictures: made small and written anew, so that nothing else is kept of a file."""

import io
import uuid
import warnings
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

TYPES = ("image/jpeg", "image/png", "image/webp")
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 5 * 1024**2
SIDE = 256


class PictureError(Exception):
    """A file that cannot become a picture; its text says why."""


def small(given: "UploadedFile[Any]") -> "ContentFile[bytes]":
    """A square WebP of 256 px under a name nobody can guess; place and camera are lost."""
    if (given.size or 0) > MOST_BYTES:
        raise PictureError(_("The picture is larger than 5 MB."))
    given.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(given, formats=FORMATS)
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise PictureError(_("Choose a JPEG, PNG or WebP picture.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_("The picture has too many pixels.")) from error
    written = io.BytesIO()
    ImageOps.fit(upright, (SIDE, SIDE)).save(written, "WEBP", quality=82)
    return ContentFile(written.getvalue(), name=f"{uuid.uuid4().hex}.webp")


def forget(name: str) -> None:
    """Delete the file once the change is kept."""
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))
