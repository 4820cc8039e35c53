"""Many at once on real PostgreSQL, each in a connection of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from audit import trail
from audit.models import AuditEvent
from journal import rolls
from journal.models import Fill, Trade
from journal.tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_16_equal_batches_at_once_are_one_creation_and_15_replays(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(number) for number in range(50)])
    answers = at_once([lambda: worker.send("fills", body)] * 16)
    assert Counter(answer.status_code for answer in answers) == {200: 16}
    assert Counter(answer.json()["replay"] for answer in answers) == {
        False: 1,
        True: 15,
    }
    assert {answer.json()["created"] for answer in answers} == {50}
    assert Fill.objects.count() == 50
    assert AuditEvent.objects.filter(action="journal.fills").count() == 1


def test_different_batches_of_one_account_at_once_neither_lock_nor_lose(
    alice: Any,
) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(20)]))
    rows = [make.trade(account, number) for number in range(10)]
    bodies = [make.trades(account, rows[: 10 - n % 3]) for n in range(8)]
    jobs = [lambda body=body: worker.send("trades", body) for body in bodies]  # type: ignore[misc]
    jobs += [
        lambda n=n: worker.send("fills", make.fills(account, [make.fill(n)]))  # type: ignore[misc]
        for n in range(8)
    ]
    assert {answer.status_code for answer in at_once(jobs)} == {200}
    assert 8 <= Trade.objects.count() <= 10
    assert rolls.differences(account) == 0
    assert trail.broken_links() == []
