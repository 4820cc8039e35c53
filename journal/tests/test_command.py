from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from journal import demo
from journal.models import Account
from journal.tests import make

pytestmark = pytest.mark.django_db


def create(user: Any, **options: Any) -> str:
    out = StringIO()
    call_command(
        "journal_account", "create", user=user.email, name="Main", broker="Binance",
        currency="USDT", stdout=out, stderr=StringIO(), **options,
    )  # fmt: skip
    return out.getvalue().strip()


def test_the_command_creates_an_account_once(alice: Any) -> None:
    first = create(alice, starting_balance="1500.5", timezone="Europe/Madrid")
    assert create(alice) == first
    account = Account.objects.get()
    assert str(account.pk) == first
    assert account.starting_balance == make.Decimal("1500.5")
    assert account.timezone == "Europe/Madrid"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timezone": "Mars/Base"}, "not a time zone"),
        ({"starting_balance": "NaN"}, "a number"),
        ({"starting_balance": "x"}, "a number"),
    ],
)
def test_the_command_refuses_what_cannot_be(
    alice: Any, options: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        create(alice, **options)


def test_the_command_lists_and_rebuilds(alice: Any) -> None:
    account = make.account(alice)
    out = StringIO()
    call_command("journal_account", "list", stdout=out)
    assert f"{account.pk}  {alice.email}" in out.getvalue()
    call_command("journal_account", "rebuild", str(account.pk), stdout=out)


def test_the_demo_opens_anas_accounts_once(make_user: Any) -> None:
    make_user("Ana", email=demo.STUDENT)
    lines: list[str] = []
    demo.load(lines.append)
    demo.load(lines.append)
    assert lines == ["journal account Binance spot", "journal account thinkorswim"]
    assert Account.objects.filter(is_demo=True).count() == 2


def test_without_its_student_the_demo_does_nothing(db: None) -> None:
    demo.load(print)
    assert not Account.objects.exists()
