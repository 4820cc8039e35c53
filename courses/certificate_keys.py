"""The key this school signs certificates with, and every key it ever used."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from courses.certificate_signature import FORMAT, id_of, public_text, read_keys
from courses.models import CertificateKey

REMEDY = (
    "AMI_CERTIFICATE_KEY must be an Ed25519 private key as PEM, or 32 bytes as base64."
)


def private_key() -> Ed25519PrivateKey:
    """The key of AMI_CERTIFICATE_KEY; without it one derived from AMI_SECRET_KEY, so
    that every process has the same and nothing is kept on disk.

    Raises ImproperlyConfigured.
    """
    return _read(settings.CERTIFICATE_KEY, settings.SECRET_KEY)


@cache
def _read(text: str, secret: str) -> Ed25519PrivateKey:
    if not text:
        derived = HKDF(SHA256(), 32, salt=None, info=FORMAT.encode())
        return Ed25519PrivateKey.from_private_bytes(derived.derive(secret.encode()))
    try:
        if "BEGIN" in text:
            key = load_pem_private_key(text.replace("\\n", "\n").encode(), None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(
                base64.b64decode(text, validate=True)
            )
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(REMEDY) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(REMEDY)
    return key


def current() -> CertificateKey:
    """The row of the key in use, made the first time it signs."""
    public = private_key().public_key()
    row, _created = CertificateKey.objects.get_or_create(
        id=id_of(public), defaults={"public_key": public_text(public)}
    )
    return row


def published() -> dict[str, object]:
    """What /certificates/keys.json answers: every key, the one in use first."""
    public = private_key().public_key()
    keys = {id_of(public): public_text(public)}
    for row in CertificateKey.objects.all():
        keys.setdefault(row.id, row.public_key)
    return {
        "format": FORMAT,
        "algorithm": "Ed25519",
        "keys": [{"id": name, "public_key": text} for name, text in keys.items()],
    }


def all_public() -> dict[str, Ed25519PublicKey]:
    """Every key by its id."""
    found: dict[str, Ed25519PublicKey] = {}
    public = private_key().public_key()
    found[id_of(public)] = public
    for row in CertificateKey.objects.all():
        found.update(read_keys(row.public_key))
    return found
