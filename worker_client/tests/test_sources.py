from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ami_worker import sources
from ami_worker.fills import Parsed
from ami_worker.reading import read

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")


def parsed(path: Path) -> tuple[str, str, Parsed]:
    document = read(path)
    source, version = sources.detect(document)
    return source.id, version, source.parse(document, "account", NEW_YORK)


@pytest.mark.parametrize(
    ("name", "source", "version", "fills"),
    [
        ("trade_history_2026.csv", "binance_spot_csv", "current", 4),
        ("trade_history_legacy.csv", "binance_spot_csv", "legacy", 2),
        ("cash_balance_simple.csv", "thinkorswim_statement_csv", "cash", 2),
        ("cash_balance_options_spread.csv", "thinkorswim_statement_csv", "cash", 4),
        ("papermoney_account_statement.csv", "thinkorswim_statement_csv", "trades", 2),
        ("thinkorswim_both_sections.csv", "thinkorswim_statement_csv", "trades", 7),
    ],
)
def test_every_sample_is_recognised(
    samples: Path, name: str, source: str, version: str, fills: int
) -> None:
    found = parsed(samples / name)
    assert found[:2] == (source, version)
    assert len(found[2].fills) == fills


def test_sources_are_entry_points() -> None:
    assert {point.name for point in entry_points(group=sources.GROUP)} == {
        source.id for source in sources.discover()
    }


def test_binance_reads_glued_units_thousands_and_third_coins(samples: Path) -> None:
    _, _, found = parsed(samples / "trade_history_2026.csv")
    first, _, sale, third = [fill.data for fill in found.fills]
    assert (first.quantity, first.price) == (D("0.01"), D("68000.12"))
    assert (first.commission, first.fee_currency) == (D("0.00001"), "BTC")
    assert (sale.side, sale.fee_currency) == ("sell", "USDT")
    assert third.fee_currency == "BNB"
    assert found.instruments["crypto_spot:binance:ETHBTC"].currency == "BTC"
    assert first.external_id.startswith("h:")
    assert len(first.external_id) == 42


def test_both_binance_generations_name_the_same_fill_alike(tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text(
        "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n"
        "2026-02-03 10:15:22,BTCUSDT,BUY,68000.12,0.01,680.0012,0.00001,BTC\n"
    )
    new = tmp_path / "new.csv"
    new.write_text(
        "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
        "2026-02-03 10:15:22,BTCUSDT,BUY,68000.12,0.0100000000BTC,680.0012USDT,0.00001BTC\n"
    )
    names = [parsed(path)[2].fills[0].data.external_id for path in (old, new)]
    assert names[0] == names[1]


def test_identical_rows_stay_two_fills(tmp_path: Path) -> None:
    row = "2026-02-03 10:15:22,BTCUSDT,BUY,100,1BTC,100USDT,0.1USDT\n"
    path = tmp_path / "twice.csv"
    path.write_text("Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n" + row * 2)
    names = {fill.data.external_id for fill in parsed(path)[2].fills}
    assert len(names) == 2


def test_newest_first_gives_the_same_fills(tmp_path: Path, samples: Path) -> None:
    lines = (samples / "trade_history_2026.csv").read_text().splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    straight = parsed(samples / "trade_history_2026.csv")[2].fills
    assert parsed(turned)[2].fills == straight


def test_thinkorswim_gives_legs_their_share_of_the_costs(samples: Path) -> None:
    _, _, found = parsed(samples / "thinkorswim_both_sections.csv")
    legs = [f.data for f in found.fills if f.data.external_id.startswith("5400000004/")]
    assert [leg.side for leg in legs] == ["sell", "buy"]
    assert [leg.commission for leg in legs] == [D("0.65"), D("0.65")]
    assert [leg.fees for leg in legs] == [D("0.02"), D("0.02")]
    assert legs[0].instrument == "option:SPY:2026-01-16:690:P:USD"
    assert found.notes == []


def test_thinkorswim_times_are_of_the_account_s_zone(samples: Path) -> None:
    _, _, found = parsed(samples / "thinkorswim_both_sections.csv")
    first = found.fills[0].data
    assert first.executed_at.isoformat() == "2026-01-05T14:35:00+00:00"
    assert (first.external_id, first.position_effect) == ("5400000001", "open")
    assert found.fills[1].data.position_effect == "unknown"  # AUTO


def test_thinkorswim_cash_rows_keep_costs_positive(samples: Path) -> None:
    _, _, found = parsed(samples / "cash_balance_options_spread.csv")
    vertical = found.fills[0].data
    assert (vertical.commission, vertical.fees) == (D("1.30"), D("0.04"))
    instrument = found.instruments[vertical.instrument]
    assert (instrument.multiplier, instrument.strike) == (D(100), None)


def test_fills_without_a_cash_row_are_told(samples: Path) -> None:
    _, _, found = parsed(samples / "papermoney_account_statement.csv")
    assert "costs are not known" in found.notes[0]
