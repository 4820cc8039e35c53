"""Journal accounts of students, on the command line."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from journal import rolls
from journal.models import Account
from journal.opening import open_account


class Command(BaseCommand):
    help = "Create and list the journal accounts that workers write to."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser(
            "create", help="print the account's id; the same student and name: the same"
        )
        create.add_argument("--user", required=True, metavar="EMAIL")
        create.add_argument("--name", required=True)
        create.add_argument("--broker", required=True)
        create.add_argument("--currency", required=True, help="such as USD or USDT")
        create.add_argument("--timezone", default="Etc/UTC", help="IANA name")
        create.add_argument("--day-roll", default="00:00", help="HH:MM in that zone")
        create.add_argument(
            "--matching", default="fifo", choices=Account.Matching.values
        )
        create.add_argument("--starting-balance", default="0")
        actions.add_parser("list", help="every account with its student")
        rebuild = actions.add_parser(
            "rebuild", help="compute an account's days and sums anew"
        )
        rebuild.add_argument("account", help="the account's id")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _create(self, options: dict[str, Any]) -> None:
        user = get_user_model().objects.filter(email=options["user"].lower()).first()
        if user is None:
            raise CommandError(f"There is nobody with the address {options['user']}.")
        try:
            account, is_new = open_account(
                user,
                options["name"],
                broker=options["broker"],
                base_currency=options["currency"],
                timezone=options["timezone"],
                day_roll=options["day_roll"],
                matching_method=options["matching"],
                starting_balance=options["starting_balance"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not is_new:
            self.stderr.write("It was there already.")
        self.stdout.write(str(account.pk))

    def _list(self, options: dict[str, Any]) -> None:
        for account in Account.objects.select_related("user"):
            self.stdout.write(
                f"{account.pk}  {account.user.email}  {account.name}  {account.broker}"
                f"  {account.base_currency}  {account.timezone}"
            )

    def _rebuild(self, options: dict[str, Any]) -> None:
        account = Account.objects.filter(pk=options["account"]).first()
        if account is None:
            raise CommandError("There is no account of this id: journal_account list.")
        rolls.rebuild(account)
        self.stdout.write("Done.")
