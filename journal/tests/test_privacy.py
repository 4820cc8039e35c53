"""The data copy holds the journal, and erasing an account removes it."""

import pytest

from accounts import privacy
from accounts.models import User
from journal.models import Account

pytestmark = pytest.mark.django_db


def account_of(user: User) -> Account:
    return Account.objects.create(
        user=user, name="Mine", broker="x", base_currency="USD", timezone="Etc/UTC"
    )


def test_the_copy_holds_the_journal_and_nobody_elses(alice: User, bob: User) -> None:
    mine, theirs = account_of(alice), account_of(bob)
    copy = privacy.export(alice)
    assert [row["id"] for row in copy["journal.account"]] == [str(mine.pk)]
    assert str(theirs.pk) not in str(copy)


def test_erasing_the_person_erases_the_journal(alice: User) -> None:
    account_of(alice)
    privacy.erase(alice)
    assert not Account.objects.exists()
