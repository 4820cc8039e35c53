"""Keys of workers, on the command line."""

import ipaddress
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from worker_api import keys
from worker_api.models import WorkerKey


class Command(BaseCommand):
    help = "Create, list, rotate, revoke and check the keys that workers use."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="print a new key, once")
        create.add_argument("name")
        create.add_argument(
            "--scope",
            action="append",
            required=True,
            help="journal:write for every account, journal:write:<uuid> for one; repeatable",
        )
        create.add_argument(
            "--network", action="append", default=[], help="CIDR block; repeatable"
        )
        create.add_argument("--days", type=int, default=keys.MAX_DAYS)
        actions.add_parser("list", help="every key, newest first; never the secret")
        rotate = actions.add_parser("rotate", help="print a successor, once")
        rotate.add_argument("key_id")
        rotate.add_argument(
            "--overlap-hours", type=int, default=24, help="the old key's rest"
        )
        revoke = actions.add_parser("revoke", help="end a key now")
        revoke.add_argument("key_id")
        check = actions.add_parser("check", help="why a key is (not) accepted")
        check.add_argument("key")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        try:
            key, text = keys.issue(
                options["name"],
                scopes=options["scope"],
                networks=options["network"],
                days=options["days"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            f"Key {key.key_id} until {key.expires_at:%Y-%m-%d}. It is shown this once:"
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        for key in WorkerKey.objects.all():
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            self.stdout.write(
                f"{key.key_id}  {_state(key):8}  until {key.expires_at:%Y-%m-%d}"
                f"  used {used:16}  {key.name}  [{' '.join(key.scopes)}]"
            )

    def _rotate(self, options: dict[str, Any]) -> None:
        overlap = timedelta(hours=options["overlap_hours"])
        key, text = keys.rotate(_key(options["key_id"]), overlap=overlap)
        self.stderr.write(
            f"Key {key.key_id} replaces {options['key_id']}, which ends in"
            f" {options['overlap_hours']} h. It is shown this once:"
        )
        self.stdout.write(text)

    def _revoke(self, options: dict[str, Any]) -> None:
        changed = keys.revoke(_key(options["key_id"]))
        self.stdout.write("Revoked." if changed else "It was revoked before.")

    def _check(self, options: dict[str, Any]) -> None:
        text = options["key"].strip()
        if not keys.is_well_formed(text):
            raise CommandError("This is not a key of AMI: mistyped or cut off.")
        key = WorkerKey.objects.filter(key_id=text.split("_")[2]).first()
        if key is None or (keys.find(text) is None and _state(key) == "active"):
            raise CommandError("No key of this site.")
        self.stdout.write(f"{key}: {_state(key)}, scopes {' '.join(key.scopes)}")
        networks = ", ".join(map(str, map(ipaddress.ip_network, key.networks)))
        self.stdout.write(f"from {networks or 'any address'}")


def _key(key_id: str) -> WorkerKey:
    key = WorkerKey.objects.filter(key_id=key_id).first()
    if key is None:
        raise CommandError(f"There is no key {key_id}: see apikey list.")
    return key


def _state(key: WorkerKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "active" if key.is_valid(timezone.now()) else "expired"
