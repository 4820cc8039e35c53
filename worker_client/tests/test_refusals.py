"""Broken files: exit code 2, a message that names the cell, nothing kept, nothing sent."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ami_worker.outbox import Outbox
from fake_site import ACCOUNT, FakeSite

HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
GOOD = "2026-02-03 10:15:22,BTCUSDT,BUY,100,1BTC,100USDT,0.1USDT\n"
TOS = "Cash Balance\nDATE,TIME,TYPE,REF #,DESCRIPTION,Misc Fees,Commissions & Fees,AMOUNT,BALANCE\n"

BROKEN = {
    "cut row": (HEADER + GOOD + "2026-02-03 10:16", "row 3, column Pair"),
    "cut value": (HEADER + GOOD[:-6] + "\n", "row 2, column Fee"),
    "cut amount": (HEADER + GOOD.replace("100USDT", "10USDT"), "not price × quantity"),
    "bad number": (HEADER + GOOD.replace(",100,", ",1o0,"), "column Price: '1o0' is not a number"),
    "nan": (HEADER + GOOD.replace(",100,", ",NaN,"), "'NaN' is not a number"),
    "infinity": (HEADER + GOOD.replace(",100,", ",inf,"), "not a number"),
    "exponent": (HEADER + GOOD.replace(",100,", ",1e2,"), "not a number"),
    "huge": (HEADER + GOOD.replace(",100,", f",{'9' * 40},"), "more than 16 digits"),
    "zero quantity": (HEADER + GOOD.replace("1BTC,", "0BTC,"), "must be more than 0"),
    "negative": (HEADER + GOOD.replace("1BTC,", "-1BTC,"), "must be more than 0"),
    "impossible date": (HEADER + GOOD.replace("02-03", "02-30"), "is not a time like"),
    "bad side": (HEADER + GOOD.replace("BUY", "HOLD"), "'HOLD' is not BUY or SELL"),
    "decimal comma": (HEADER.replace(",", ";") + GOOD.replace(",", ";"), "unknown format"),
    "unknown header": ("a,b,c\n1,2,3\n", "Its first line reads: a, b, c"),
    "missing column": (HEADER.replace(",Fee", "") + "x\n", "unknown format"),
    "open quote": (HEADER + '"2026-02-03', "broken CSV"),
    "empty": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "unknown trade": (TOS + "1/2/26,10:00:00,TRD,1,BOT nothing,,,1,1\n", "is not a trade"),
    "unknown instrument": (TOS + "1/2/26,10:00:00,TRD,1,BOT +1 a b c @2,,,1,1\n", "Account Trade History"),
    "cut statement": (TOS + "1/2/26,10:00:00,TRD,1,BOT +1 KO @2,\n", "cut or edited"),
}  # fmt: skip


def untouched(site: FakeSite) -> bool:
    home = Path(os.environ["AMI_WORKER_HOME"])
    with Outbox(home) as outbox:
        kept = outbox.fills(ACCOUNT) or outbox.batches()
    return not kept and set(site.log) <= {"journal_accounts_list"}


@pytest.mark.parametrize("name", BROKEN)
def test_is_refused_whole_with_the_cell_named(
    name: str, worker: Callable[..., Any], site: FakeSite, tmp_path: Path
) -> None:
    text, told = BROKEN[name]
    path = tmp_path / "file.csv"
    path.write_text(text)
    result = worker("push", path)
    assert result.code == 2
    assert told in result.err
    assert untouched(site)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (HEADER.encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary file"),
        (HEADER.encode() + b"caf\xe9\n", "not UTF-8 text (line 2)"),
    ],
)
def test_refuses_what_is_not_utf8_text(
    data: bytes, told: str, worker: Callable[..., Any], site: FakeSite, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    result = worker("push", path)
    assert result.code == 2
    assert told in result.err
    assert untouched(site)


def test_refuses_folders_missing_and_huge_files(
    worker: Callable[..., Any], site: FakeSite, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    for path, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "nope.csv", "does not exist"),
        (huge, "200 MB; the limit is 100 MB"),
    ):
        result = worker("push", path)
        assert result.code == 2
        assert told in result.err
    assert untouched(site)


def test_every_bad_row_is_listed(worker: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(HEADER + GOOD.replace("BUY", "X") * 30)
    result = worker("check", path)
    assert result.code == 2
    assert "30 row(s)" in result.err
    assert "… and 10 more" in result.err
