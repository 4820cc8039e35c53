"""Signed certificates, readable and checkable without the site, its database or a network.

Format "ami-certificate/1", described in docs/certificates.md: a JSON file {"record",
"signature"}; the signature is Ed25519 over the record's canonical JSON. A PDF carries
that file as an attachment, and after its end one line that seals every byte before it.
"""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

FORMAT = "ami-certificate/1"
SEAL = re.compile(rb"\n%AMI-SEAL ([0-9a-f]{16}) ([A-Za-z0-9+/=]{88})\n\Z")
STREAM = re.compile(rb"stream\r?\n")
LARGEST_RECORD = 1024 * 1024  # bytes; a syllabus of 200 lessons has about 20 kB


class CertificateError(Exception):
    """The file is no genuine certificate; the text says why."""


class Untrusted(CertificateError):  # noqa: N818
    """The record is genuine but the pages around it are not as issued."""


@dataclass(frozen=True)
class Genuine:
    """record: what the school signed. key: id of the key that did."""

    record: dict[str, Any]
    key: str


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: UTF-8, keys sorted, no spaces, nothing escaped but what
    JSON must. Records hold texts, whole numbers, booleans, lists and objects only."""
    text = json.dumps(
        record,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return text.encode()


def public_text(key: Ed25519PublicKey) -> str:
    """The 32 bytes of a public key as base64."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def id_of(key: Ed25519PublicKey) -> str:
    """A key's name: the first 16 hexadecimal digits of its SHA-256."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def sign(content: bytes, key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.sign(content)).decode()


def seal(pdf: bytes, key: Ed25519PrivateKey) -> bytes:
    """The PDF with the line that lets anybody notice a changed byte."""
    body = pdf.rstrip(b"\n")
    name = id_of(key.public_key())
    return body + f"\n%AMI-SEAL {name} {sign(body, key)}\n".encode()


def read_keys(text: str) -> dict[str, Ed25519PublicKey]:
    """Public keys by id, from the published JSON, a PEM or a key's base64.

    Raises CertificateError.
    """
    try:
        if text.lstrip().startswith("{"):
            rows = json.loads(text)["keys"]
            found = [_public(row["public_key"]) for row in rows]
        elif "BEGIN PUBLIC KEY" in text:
            loaded = load_pem_public_key(text.encode())
            if not isinstance(loaded, Ed25519PublicKey):
                raise CertificateError("The key is not an Ed25519 key.")
            found = [loaded]
        else:
            found = [_public(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise CertificateError("The key file cannot be read.") from error
    return {id_of(key): key for key in found}


def check(content: bytes, keys: Mapping[str, Ed25519PublicKey]) -> Genuine:
    """What a certificate file, PDF or JSON, says, if the school signed it.

    Raises CertificateError for everything else, Untrusted when only the record is genuine.
    """
    if not content.startswith(b"%PDF"):
        return _check_document(_json(content), keys)
    found = _check_document(_attached(content), keys)
    match = SEAL.search(content)
    if match is None:
        raise Untrusted(_only_the_record(found, "has no seal or was saved anew"))
    try:
        _verify(keys, match[1].decode(), match[2].decode(), content[: match.start()])
    except CertificateError as error:
        raise Untrusted(_only_the_record(found, "was changed")) from error
    return found


def _only_the_record(found: Genuine, what: str) -> str:
    return (
        f"The signed record inside is genuine: {found.record['number']}, "
        f"{found.record['holder']}. The file {what} after it was issued: do not trust "
        "what its page shows."
    )


def _check_document(document: Any, keys: Mapping[str, Ed25519PublicKey]) -> Genuine:
    try:
        record, signature = document["record"], document["signature"]
        name, value = signature["key"], signature["value"]
        known = record["format"] == FORMAT and signature["algorithm"] == "Ed25519"
    except (KeyError, TypeError) as error:
        raise CertificateError("The file holds no AMI certificate.") from error
    if not known:
        raise CertificateError(
            "The certificate has a format this program does not know."
        )
    _verify(keys, name, value, canonical(record))
    return Genuine(record, name)


def _verify(
    keys: Mapping[str, Ed25519PublicKey], name: str, value: str, content: bytes
) -> None:
    key = keys.get(name)
    if key is None:
        raise CertificateError(f"The key {name} is not one of the school's keys.")
    try:
        key.verify(base64.b64decode(value, validate=True), content)
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise CertificateError("The signature does not fit the content.") from error


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(
        base64.b64decode(text.strip(), validate=True)
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:  # also what is not UTF-8
        raise CertificateError("The file is neither a PDF nor JSON.") from error


def _attached(pdf: bytes) -> Any:
    """The one signed file inside a PDF."""
    found = []
    for data in _streams(pdf):
        if data.lstrip().startswith(b"{") and b'"record"' in data:
            found.append(_json(data))
    if not found:
        raise CertificateError("The PDF holds no signed record.")
    if any(other != found[0] for other in found):
        raise CertificateError("The PDF holds more than one signed record.")
    return found[0]


def _streams(pdf: bytes) -> Iterator[bytes]:
    """Every stream of the file, unpacked, whatever object it belongs to."""
    for match in STREAM.finditer(pdf):
        if pdf[max(0, match.start() - 3) : match.start()] == b"end":
            continue
        start = match.end()
        try:
            yield zlib.decompressobj().decompress(pdf[start:], LARGEST_RECORD)
        except zlib.error:
            end = pdf.find(b"endstream", start)
            yield pdf[start : end if end >= 0 else None]
