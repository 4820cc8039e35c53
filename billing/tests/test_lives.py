"""Twelve customers' lives, delivered in any order, twice, late or never, end alike.

Each life is played as it happened once; then many times with deliveries that are late,
mixed up, repeated or lost. What is lost, the reconciliation heals.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing import reconcile
from billing.fakestripe import server
from billing.models import Receipt
from billing.tests import lives
from courses.models import AccessGrant
from outbox.models import Message

pytestmark = pytest.mark.django_db
# the day after it all was made: its mails are news, what was paid still runs
MOMENT = datetime(2026, 9, 2, 14, tzinfo=UTC)
RUNS = 17  # of each of the twelve: 204


@dataclass(frozen=True)
class Outcome:
    """What somebody has and got in the end; receipts are numbered as they arrive."""

    grants: tuple[Any, ...]
    receipts: tuple[Any, ...]
    mails: frozenset[str]


@dataclass(frozen=True)
class Deliveries:
    """after: for each delivery the event and the step of the life after which it comes.

    lost: whether some event never comes. late: everything comes when all has happened.
    """

    after: tuple[tuple[int, int], ...]
    lost: bool
    late: bool


@st.composite
def deliveries(draw: st.DrawFn, steps: int) -> Deliveries:
    numbers = st.integers(0, steps - 1)
    lost = draw(st.sets(numbers, max_size=steps // 2))
    again = draw(st.lists(numbers, max_size=steps // 2))
    late = draw(st.booleans())
    order = draw(st.permutations([*range(steps), *again]))
    after = [
        (number, steps - 1 if late else min(number + draw(numbers), steps - 1))
        for number in order
        if number not in lost
    ]
    return Deliveries(tuple(after), bool(lost), late)


@contextmanager
def played(fake: server.Fake, number: int) -> Iterator[lives.World]:
    """A life at its beginning, on the day after; nothing of it stays in the database."""
    with transaction.atomic(), time_machine.travel(MOMENT, tick=False):
        user = User.objects.create_user(email="life@example.com", name="Life")
        try:
            yield lives.World(fake, number, user)
            transaction.set_rollback(True)
        finally:  # the stand-in's own clock must not carry these lives on
            fake.control("reset", seed=False)


def play(fake: server.Fake, number: int, given: Deliveries) -> Outcome:
    with played(fake, number) as world:
        for step in range(len(world.events)):
            world.step(step)
            world.deliver(event for event, after in given.after if after == step)
        if given.lost:
            reconcile.refetch(world.link, actor="test")
        assert_no_gaps()
        return outcome()


def outcome() -> Outcome:
    grants = AccessGrant.objects.filter(revoked_at=None).order_by("source_ref")
    receipts = Receipt.objects.order_by("source")
    return Outcome(
        grants=tuple(
            grants.values_list(
                "scope", "scope_ref", "source_ref", "valid_from", "valid_until"
            )
        ),
        receipts=tuple(receipts.values_list("kind", "source", "total")),
        mails=frozenset(map(kind_of_mail, Message.objects.values("key", "payload"))),
    )


def kind_of_mail(message: dict[str, Any]) -> str:
    """Who hears late of an end hears that it ended, not that it will."""
    what, _, rest = message["key"].removeprefix("billing:").partition(":")
    return f"ended:{rest.partition(':')[0]}" if what == "ends" else f"{what}:{rest}"


def assert_no_gaps() -> None:
    """And somebody's first receipt is the welcome, no other."""
    for kind in ("receipt", "credit_note"):
        numbers = Receipt.objects.filter(kind=kind).values_list("number", flat=True)
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    welcomes = Message.objects.filter(payload__template="billing_welcome").count()
    assert welcomes == min(1, Receipt.objects.filter(kind="receipt").count())


def in_order(steps: int, *, late: bool) -> Deliveries:
    pairs = ((step, steps - 1 if late else step) for step in range(steps))
    return Deliveries(tuple(pairs), lost=False, late=late)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(12), ids=lambda number: lives.NAMES[number])
def test_however_it_is_delivered_a_life_ends_alike(
    fake: server.Fake, number: int
) -> None:
    steps = len(lives.events_of(number))
    prompt = play(fake, number, in_order(steps, late=False))
    late = play(fake, number, in_order(steps, late=True))
    assert (late.grants, late.receipts) == (prompt.grants, prompt.receipts)
    runs = []

    @settings(
        max_examples=RUNS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(deliveries(steps))
    def run(given: Deliveries) -> None:
        found = play(fake, number, given)
        assert (found.grants, found.receipts) == (prompt.grants, prompt.receipts)
        # a state that passed unseen, such as an overdue payment, needs no mail any more
        assert late.mails <= found.mails <= prompt.mails
        if given.late:
            assert found.mails == late.mails
        runs.append(given)

    run()
    assert len(runs) >= RUNS
    assert any(one.lost for one in runs)


EXPECTED = {
    "renewed and cancelled": (0, 2, 0),
    "trial, paid, upgraded": (1, 2, 0),
    "trial without a card, paused": (0, 0, 0),
    "first payment declined, expired": (0, 0, 0),
    "overdue, then ended": (0, 1, 0),
    "overdue, then recovered": (1, 2, 0),
    "with a coupon, refunded in part, then whole": (0, 1, 2),
    "paid and running": (1, 1, 0),
    "collection paused and resumed": (1, 1, 0),
    "waits for 3-D Secure": (0, 0, 0),
    "bought one course": (1, 0, 0),
    "deleted at Stripe": (0, 1, 0),
}


@pytest.mark.parametrize("name", lives.NAMES)
def test_each_life_ends_as_it_should(fake: server.Fake, name: str) -> None:
    """Grants, receipts and credit notes at the end."""
    number = lives.NAMES.index(name)
    found = play(fake, number, in_order(len(lives.events_of(number)), late=False))
    kinds = [kind for kind, _source, _total in found.receipts]
    counted = (len(found.grants), kinds.count("receipt"), kinds.count("credit_note"))
    assert counted == EXPECTED[name]
