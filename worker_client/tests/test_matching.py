from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import make
import reference
from ami_worker.fills import Fill
from ami_worker.matching import Matched

D = Decimal
METHODS = ["fifo", "lifo", "average"]


def only(matched: list[Matched]) -> Any:
    assert len(matched) == 1
    return matched[0].trade


def test_a_round_trip_is_one_closed_trade() -> None:
    trade = only(
        make.trades(
            make.fill("buy", "100", "10", commission=D("1")),
            make.fill("sell", "100", "10.5", at=5, commission=D("1"), fees=D("0.02")),
        )
    )
    assert (trade.direction, trade.status, trade.fill_count) == ("long", "closed", 2)
    assert (trade.gross_pnl, trade.net_pnl) == (D(50), D("47.98"))
    assert (trade.entry_price, trade.exit_price) == (D(10), D("10.5"))
    assert trade.holding_seconds == 300
    assert not trade.needs_opening_balance


@pytest.mark.parametrize(
    ("method", "realized"), [("fifo", 500), ("lifo", 300), ("average", 400)]
)
def test_a_partial_exit_realises_by_the_chosen_method(
    method: str, realized: int
) -> None:
    # TraderSync's public example: buy 100@10, buy 100@12, sell 100@15
    trade = only(
        make.trades(
            make.fill("buy", "100", "10"),
            make.fill("buy", "100", "12", at=1),
            make.fill("sell", "100", "15", at=2),
            method=method,
        )
    )
    assert (trade.status, trade.gross_pnl, trade.quantity) == ("open", realized, 200)


def test_a_fill_that_crosses_zero_is_split_and_its_costs_prorated() -> None:
    first, second = make.trades(
        make.fill("buy", "100", "10"),
        make.fill("sell", "150", "11", at=1, name="flip", commission=D("3")),
        make.fill("buy", "50", "10", at=2),
    )
    assert (first.trade.gross_pnl, first.trade.commission) == (D(100), D(2))
    assert (second.trade.direction, second.trade.commission) == ("short", D(1))
    assert second.trade.opened_at == first.trade.closed_at
    assert [link.external_id for link in second.trade.fills][0] == "flip"
    assert not second.trade.needs_opening_balance
    assert second.trade.gross_pnl == 50


def test_a_rebate_raises_the_net() -> None:
    trade = only(
        make.trades(
            make.fill("buy", "1", "10", commission=D("-0.5")),
            make.fill("sell", "1", "10", at=1, funding=D("0.25")),
        )
    )
    assert trade.net_pnl == D("0.75")


def test_base_coin_fee_reduces_what_is_held() -> None:
    trade = only(
        make.trades(
            make.fill("buy", "0.01", "68000.12", instrument=make.COIN,
                      commission=D("0.00001"), fee_currency="BTC"),
            make.fill("sell", "0.00999", "70150", at=1, instrument=make.COIN,
                      commission=D("0.7"), fee_currency="USDT"),
            instrument=make.COIN,
        )
    )  # fmt: skip
    assert (trade.status, trade.quantity) == ("closed", D("0.00999"))
    cash = D("0.00999") * 70150 - D("0.7") - D("0.01") * D("68000.12")
    assert trade.net_pnl == cash


def test_dust_below_the_step_counts_as_flat_and_costs_what_it_cost() -> None:
    first, second = make.trades(
        make.fill("buy", "0.1234", "3000", instrument=make.COIN,
                  commission=D("0.0001234"), fee_currency="BTC"),
        make.fill("sell", "0.1232", "3100", at=1, instrument=make.COIN),
        make.fill("buy", "0.1", "3000", at=2, instrument=make.COIN),
        instrument=make.COIN,
    )  # fmt: skip
    assert first.trade.status == "closed"
    assert first.trade.net_pnl == D("0.1232") * 3100 - D("0.1234") * 3000
    assert (second.trade.status, second.trade.quantity) == ("open", D("0.1"))


def test_a_real_rest_of_round_fills_is_not_dust() -> None:
    trade = only(
        make.trades(
            make.fill("buy", "1", "60000", instrument=make.COIN,
                      commission=D("0.001"), fee_currency="BTC"),
            make.fill("sell", "0.9", "61000", at=1, instrument=make.COIN),
            instrument=make.COIN,
        )
    )  # fmt: skip
    assert trade.status == "open"


def test_a_sale_without_opening_is_marked_unless_the_row_says_short() -> None:
    marked = only(make.trades(make.fill("sell", "10", "5")))
    said = only(make.trades(make.fill("sell", "10", "5", position_effect="open")))
    assert (marked.needs_opening_balance, said.needs_opening_balance) == (True, False)
    assert said.direction == "short"


def test_a_spot_sale_without_opening_never_meets_a_later_purchase() -> None:
    coin = make.COIN
    stub, trade = make.trades(
        make.fill("sell", "1", "100", instrument=coin),
        make.fill("buy", "1", "90", at=1, instrument=coin),
        make.fill("sell", "1", "95", at=2, instrument=coin),
        instrument=coin,
    )
    assert stub.trade.needs_opening_balance
    assert stub.trade.gross_pnl == 0
    assert (trade.trade.direction, trade.trade.gross_pnl) == ("long", D(5))


def test_a_close_without_opening_does_not_shift_the_trades_after_it() -> None:
    stub, trade = make.trades(
        make.fill("sell", "100", "10", position_effect="close"),
        make.fill("buy", "50", "9", at=1, position_effect="open"),
        make.fill("sell", "50", "10", at=2, position_effect="close"),
    )
    assert stub.trade.needs_opening_balance
    assert (trade.trade.status, trade.trade.gross_pnl) == ("closed", D(50))


def test_an_option_may_end_at_price_zero() -> None:
    option = make.STOCK.model_copy(
        update={"asset_class": "option", "multiplier": D(100)}
    )
    trade = only(
        make.trades(
            make.fill("buy", "1", "1.25", position_effect="open"),
            make.fill("sell", "1", "0", at=1, position_effect="close"),
            instrument=option,
        )
    )
    assert (trade.status, trade.gross_pnl) == ("closed", D(-125))


def test_equal_times_keep_the_order_of_the_file() -> None:
    first, second = make.trades(
        make.fill("sell", "1", "10", position_effect="open"),
        make.fill("buy", "2", "9"),
    )
    assert (first.trade.direction, second.trade.direction) == ("short", "long")


def test_numeric_execution_ids_order_equal_times() -> None:
    trade = only(
        make.trades(
            make.fill("sell", "1", "10", name="12"),
            make.fill("buy", "1", "9", name="9"),
        )
    )
    assert trade.direction == "long"


# Properties

quantities = st.integers(1, 60).map(lambda n: D(n) / 10)
prices = st.integers(0, 20000).map(lambda n: D(n) / 100)
costs = st.integers(-20, 60).map(lambda n: D(n) / 1000)
effects = st.sampled_from(["unknown", "unknown", "open", "close"])


@st.composite
def stories(draw: st.DrawFn, *, instrument: Any = make.STOCK) -> list[Fill]:
    coins = [instrument.currency, instrument.underlying or "BNB", "BNB"]
    is_spot = instrument.asset_class == "crypto_spot"
    return [
        make.fill(
            draw(st.sampled_from(["buy", "sell"])),
            draw(quantities),
            draw(prices),
            at=place // 2,
            name=f"f{place}",
            instrument=instrument,
            commission=abs(draw(costs)) if is_spot else draw(costs),
            fee_currency=draw(st.sampled_from(coins)),
            position_effect="unknown" if is_spot else draw(effects),
        )
        for place in range(draw(st.integers(1, 25)))
    ]


def rounded(value: Decimal) -> Decimal:
    return value.quantize(reference.PLACES)


@pytest.mark.parametrize("instrument", [make.STOCK, make.COIN], ids=["stock", "coin"])
@given(data=st.data(), method=st.sampled_from(METHODS))
@settings(max_examples=150, deadline=None)
def test_equals_the_plain_reference(
    instrument: Any, data: st.DataObject, method: str
) -> None:
    fills = data.draw(stories(instrument=instrument))
    ours = make.trades(*fills, instrument=instrument, method=method)
    ordered = [Fill(f.source, f.data, rank) for rank, f in enumerate(fills)]
    ordered.sort(key=lambda fill: fill.order)
    plain = reference.match(ordered, instrument, method)
    assert len(ours) == len(plain)
    slack = D("2e-12")
    for mine, theirs in zip(ours, plain, strict=True):
        trade = mine.trade
        assert trade.fill_count == theirs.fill_count
        assert (trade.status == "closed") == theirs.closed
        assert trade.needs_opening_balance == theirs.flagged
        assert trade.quantity == rounded(theirs.peak)
        assert abs(trade.gross_pnl - theirs.gross) <= slack
        assert abs(trade.commission - theirs.costs) <= slack * trade.fill_count
        booked = sum(link.realized_pnl for link in trade.fills)
        assert booked == trade.gross_pnl


@given(stories())
@settings(max_examples=150, deadline=None)
def test_closed_trades_have_one_net_whatever_the_method(fills: list[Fill]) -> None:
    nets = [
        [
            m.trade.net_pnl
            for m in make.trades(*fills, method=method)
            if m.trade.closed_at
        ]
        for method in METHODS
    ]
    assert nets[0] == nets[1] == nets[2]


@given(stories())
@settings(max_examples=150, deadline=None)
def test_when_flat_the_nets_are_the_cash_that_moved(fills: list[Fill]) -> None:
    opened = [
        Fill(f.source, f.data.model_copy(update={"position_effect": "open"}))
        for f in fills
        if f.data.fee_currency == "USD"
    ]
    signed = [f.data.quantity * (1 if f.data.side == "buy" else -1) for f in opened]
    position = sum(signed, D(0))
    if position:
        side = "sell" if position > 0 else "buy"
        opened.append(
            make.fill(side, abs(position), "7.77", at=99, position_effect="open")
        )
    cash = sum(
        (
            f.data.quantity * f.data.price * (-1 if f.data.side == "buy" else 1)
            - f.data.commission
            for f in opened
        ),
        D(0),
    )
    assert sum((m.trade.net_pnl for m in make.trades(*opened)), D(0)) == cash


@given(stories(), st.data(), st.sampled_from(METHODS))
@settings(max_examples=150, deadline=None)
def test_splitting_a_fill_changes_only_the_fill_count(
    fills: list[Fill], data: st.DataObject, method: str
) -> None:
    place = data.draw(st.integers(0, len(fills) - 1))
    whole = fills[place]
    half = {
        "quantity": whole.data.quantity / 2,
        "commission": whole.data.commission / 2,
    }
    one = Fill("test", whole.data.model_copy(update=half))
    # the name orders fills of one moment: the second half stays behind the first
    name = f"{whole.data.external_id}-2"
    two = Fill("test", whole.data.model_copy(update={**half, "external_id": name}))
    parts = [*fills[:place], one, two, *fills[place + 1 :]]
    loose = {"id", "fills", "fill_count"}
    before = [
        m.trade.model_dump(exclude=loose) for m in make.trades(*fills, method=method)
    ]
    after = [
        m.trade.model_dump(exclude=loose) for m in make.trades(*parts, method=method)
    ]
    assert before == after


@given(stories(), st.randoms())
@settings(max_examples=80, deadline=None)
def test_the_order_of_delivery_does_not_matter(fills: list[Fill], rng: Any) -> None:
    ranked = [Fill(f.source, f.data, rank) for rank, f in enumerate(fills)]
    shuffled = list(ranked)
    rng.shuffle(shuffled)

    def result(items: list[Fill]) -> list[Any]:
        found = make.match_fills(
            make.effective(items), make.STOCK, account_id=make.ACCOUNT_ID, method="fifo"
        )
        return [m.trade for m in found]

    assert result(ranked) == result(shuffled)
