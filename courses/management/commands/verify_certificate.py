"""manage.py verify_certificate FILE: is it genuine? Needs no network and no database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses import certificate_signature


class Command(BaseCommand):
    help = (
        "Verify a certificate, PDF or JSON, by its signature alone. With --key nothing "
        "else is needed: no network, no database. Whether it was revoked since, only "
        "the school's page can tell."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--key",
            type=Path,
            help="the school's public keys (/certificates/keys.json, a PEM or base64); "
            "without it, the keys of this installation",
        )

    def handle(self, *args: Any, file: Path, key: Path | None, **options: Any) -> None:
        try:
            keys = (
                certificate_signature.read_keys(key.read_text()) if key else _own_keys()
            )
            found = certificate_signature.check(file.read_bytes(), keys)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read: {error}") from error
        except certificate_signature.CertificateError as error:
            raise CommandError(f"NOT GENUINE: {error}") from error
        record = found.record
        self.stdout.write(self.style.SUCCESS("GENUINE"))
        for name, value in (
            ("number", record["number"]),
            ("holder", record["holder"]),
            ("course", record["course"]["title"]),
            ("completed", record["completed_on"]),
            ("issued", f"{record['issued_at']} by {record['issuer']['name']}"),
            ("key", found.key),
            ("still valid?", record["verify"]),
        ):
            self.stdout.write(f"{name + ':':<14}{value}")


def _own_keys() -> dict[str, Any]:
    from courses import certificate_keys

    return dict(certificate_keys.all_public())
