"""A certificate verifies with the network off, and a changed byte shows."""

import base64
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from courses import certificate_keys, certificate_pdf
from courses import certificate_signature as signature
from courses.models import Certificate, CertificateKey
from courses.tests.test_certificates import issued

pytestmark = pytest.mark.django_db
ROOT = Path(django_settings.BASE_DIR)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "private"), "base_url": None},
        },
    }


@pytest.fixture
def files(alice, client, tmp_path):
    """The three files somebody who verifies may have: PDF, JSON record, public keys."""
    found = issued(alice)
    keys = client.get("/certificates/keys.json")
    (tmp_path / "keys.json").write_bytes(keys.content)
    record = client.get(f"/en/learn/certificates/{found.pk}/record.json")
    (tmp_path / "record.json").write_bytes(record.content)
    (tmp_path / "certificate.pdf").write_bytes(certificate_pdf.ensure(found))
    return tmp_path


def verify(path, keys) -> str:
    from io import StringIO

    out = StringIO()
    call_command("verify_certificate", path, key=keys, stdout=out, no_color=True)
    return out.getvalue()


@pytest.mark.parametrize("name", ["certificate.pdf", "record.json"])
def test_it_verifies_without_site_database_or_network(files, name):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        "AMI_SECRET_KEY": "of-somebody-else-who-runs-no-school",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        "AMI_BASE_URL": "https://elsewhere.example",
        "AMI_VAR_DIR": str(files),
    }
    done = subprocess.run(  # noqa: S603
        [
            sys.executable,
            "manage.py",
            "verify_certificate",
            str(files / name),
            "--key",
            str(files / "keys.json"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("GENUINE")
    number = Certificate.objects.get().number
    for words in (number, "Alice", "Risk"):
        assert words in done.stdout


def test_a_changed_record_is_refused(files):
    path = files / "record.json"
    document = json.loads(path.read_text())
    document["record"]["holder"] = "Mallory"
    path.write_text(json.dumps(document))
    with pytest.raises(CommandError, match="signature does not fit"):
        verify(path, files / "keys.json")


def test_reordered_keys_and_spaces_change_nothing(files):
    path = files / "record.json"
    document = json.loads(path.read_text())
    document["record"] = dict(reversed(document["record"].items()))
    path.write_text(json.dumps(document, indent=4))
    assert "GENUINE" in verify(path, files / "keys.json")


def test_any_changed_byte_of_the_pdf_is_noticed(files):
    path = files / "certificate.pdf"
    content = path.read_bytes()
    for place in range(20, len(content) - 1, len(content) // 40):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(CommandError, match="NOT GENUINE"):
            verify(path, files / "keys.json")


def test_a_pdf_with_another_page_around_the_record_is_refused(files):
    """Somebody keeps the genuine attachment and draws another name around it."""
    path = files / "certificate.pdf"
    content = path.read_bytes()
    unsealed = content[: signature.SEAL.search(content).start()]
    for forged in (unsealed, unsealed.replace(b"/A4", b"/A5") + b"\n% edited\n"):
        path.write_bytes(forged)
        with pytest.raises(CommandError, match="do not trust what its page shows"):
            verify(path, files / "keys.json")
    path.write_bytes(content + b"\nappended")
    with pytest.raises(CommandError, match="NOT GENUINE"):
        verify(path, files / "keys.json")


def test_a_changed_attachment_is_refused(files):
    path = files / "certificate.pdf"
    content = path.read_bytes()
    for match in signature.STREAM.finditer(content):
        try:
            unpacker = zlib.decompressobj()
            data = unpacker.decompress(content[match.end() :])
        except zlib.error:
            continue
        if b'"record"' in data:
            break
    packed_end = len(content) - len(unpacker.unused_data)
    forged = zlib.compress(data.replace(b"Alice", b"Malic"))
    path.write_bytes(content[: match.end()] + forged + content[packed_end:])
    with pytest.raises(CommandError, match="signature does not fit"):
        verify(path, files / "keys.json")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"{}", b"[1]", b'{"record": 1, "signature": 2}', b"%PDF-1.7 nothing", b"\xff\xfe"]
)  # fmt: skip
def test_other_files_are_refused_with_a_word(files, content):
    path = files / "other"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="NOT GENUINE"):
        verify(path, files / "keys.json")


def test_the_key_of_another_school_does_not_fit(files):
    other = Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (files / "other.pem").write_bytes(pem)
    with pytest.raises(CommandError, match="is not one of the school's keys"):
        verify(files / "record.json", files / "other.pem")


def test_old_keys_stay_published_after_a_rotation(files, client, settings, bob):
    settings.CERTIFICATE_KEY = base64.b64encode(b"k" * 32).decode()
    issued(bob, slug="second", title="Second")
    assert CertificateKey.objects.count() == 2
    (files / "keys.json").write_bytes(client.get("/certificates/keys.json").content)
    for name in ("record.json", "certificate.pdf"):
        assert "GENUINE" in verify(files / name, files / "keys.json")
        assert "GENUINE" in verify(files / name, None)


def test_the_key_is_read_as_pem_or_base64(settings):
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    raw = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    for text in (pem, pem.replace("\n", "\\n"), base64.b64encode(raw).decode()):
        settings.CERTIFICATE_KEY = text
        assert signature.id_of(
            certificate_keys.private_key().public_key()
        ) == signature.id_of(key.public_key())
    for wrong in ("secret", base64.b64encode(b"short").decode()):
        settings.CERTIFICATE_KEY = wrong
        with pytest.raises(ImproperlyConfigured, match="AMI_CERTIFICATE_KEY"):
            certificate_keys.private_key()


def test_the_canonical_form_is_the_documented_one():
    record = {"b": [1, True, "ñ\n"], "a": {"z": "", "y": 2}}
    expected = '{"a":{"y":2,"z":""},"b":[1,true,"ñ\\n"]}'
    assert signature.canonical(record) == expected.encode()
