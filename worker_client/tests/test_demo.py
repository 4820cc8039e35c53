"""The demo files are what make_demo.py writes, and read like a careful student's."""

import runpy
from pathlib import Path

from fake_site import FakeSite, account
from test_push import Worker

DEMO = Path(__file__).parent.parent / "demo"


def test_the_script_writes_the_committed_files(tmp_path: Path) -> None:
    runpy.run_path(str(DEMO / "make_demo.py"))["main"](tmp_path)
    for name in ("binance_spot.csv", "thinkorswim.csv"):
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes()


def test_the_demo_reads_like_a_careful_student_s(
    worker: Worker, site: FakeSite
) -> None:
    for name, currency in (("binance_spot.csv", "USDT"), ("thinkorswim.csv", "USD")):
        site.accounts = [account(base_currency=currency)]
        site.trades = {}
        assert worker("push", "--resend", DEMO / name).code == 0
        trades = [row for rows in site.trades.values() for row in rows]
        nets = [float(row["net_pnl"]) for row in trades if row["currency"] == currency]
        wins = [net for net in nets if net > 0]
        losses = [net for net in nets if net < 0]
        assert 0.45 < len(wins) / len(nets) < 0.51
        assert 1.2 < sum(wins) / -sum(losses) < 1.4
        assert max(losses, key=abs) > -200
        assert not any(row["needs_opening_balance"] for row in trades)
