"""The text both sides show, and the rows both sides are sent; the same on every run."""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

KEY = "only-for-the-bench"
ROWS = 5000
SOURCE = "bench_csv"
SYMBOLS = ["AAPL", "MSFT", "NVDA", "AMZN", "META", "TSLA", "SPY", "QQQ", "ES", "NQ"]
SENTENCES = [
    "Decide what you can lose before you decide what to buy.",
    "A stop is a price, written down before the order is sent.",
    "Ten losses in a row happen to every method that trades often enough.",
    "Size the position from the distance to the stop, never from the hope.",
]


def blocks(targets: list[int]) -> list[tuple[str, str]]:
    """16 blocks as (kind, text): 5 rich texts, each with a link to one of the pages."""
    found: list[tuple[str, str]] = []
    for n in range(5):
        link = f'<a linktype="page" id="{targets[n % len(targets)]}">read more</a>'
        text = " ".join(SENTENCES[(n + k) % 4] for k in range(6))
        found += [
            ("heading", f"Part {n + 1}: {SENTENCES[n % 4]}"),
            ("text", f"<p>{text} {link}.</p><ul><li>{SENTENCES[n % 4]}</li></ul>"),
            ("quote", SENTENCES[(n + 1) % 4]),
        ]
    return [*found, ("code", "risk = account * 0.01\nsize = risk / (entry - stop)")]


def batches(account: str, seed: int) -> Iterator[dict[str, Any]]:
    """Endless batches of 5,000 fills of ten instruments; every seed has its own ids."""
    chance = random.Random(seed)  # noqa: S311
    instruments = [
        {"key": f"equity:{symbol}:USD", "asset_class": "equity", "symbol": symbol,
         "currency": "USD"}
        for symbol in SYMBOLS
    ]  # fmt: skip
    start = datetime(2023, 1, 2, 14, 30, tzinfo=UTC)
    number = 0
    while True:
        rows = []
        for _ in range(ROWS):
            number += 1
            rows.append(
                _row(chance, f"{seed}-{number:07}", start + timedelta(seconds=number))
            )
        yield {
            "batch_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "account_id": account,
            "source": SOURCE,
            "instruments": instruments,
            "rows": rows,
        }


def _row(chance: random.Random, name: str, at: datetime) -> dict[str, Any]:
    return {
        "external_id": name,
        "order_id": f"o-{name}",
        "instrument": f"equity:{chance.choice(SYMBOLS)}:USD",
        "side": chance.choice(["buy", "sell"]),
        "quantity": str(chance.randint(1, 900)),
        "price": f"{chance.randint(100, 99_999) / 100:.2f}",
        "executed_at": at.isoformat(),
        "commission": f"{chance.randint(0, 200) / 100:.2f}",
        "fees": "0.0130",
        "fee_currency": "USD",
        "raw": {"row": name, "venue": "XNAS"},
    }


def bodies(account: str, seed: int, count: int) -> list[bytes]:
    source = batches(account, seed)
    return [
        json.dumps(next(source), separators=(",", ":")).encode() for _ in range(count)
    ]
