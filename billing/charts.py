"""Where the bars of a small chart stand; the template draws them, a table says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 720, 160, 12


@dataclass(frozen=True)
class Bar:
    """label: under the bar; shown: its value in words; the rest in the chart's units."""

    label: str
    shown: str
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def bars(rows: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """One bar for each (label, value, value in words); the largest fills the height.

    Values below nothing have no bar.
    """
    top = max((value for _label, value, _shown in rows), default=0)
    step = WIDTH // max(len(rows), 1)
    found = []
    for place, (label, value, shown) in enumerate(rows):
        height = HEIGHT * max(value, 0) // top if top > 0 else 0
        height = max(height, 2) if value > 0 else 0
        found.append(
            Bar(label, shown, place * step, HEIGHT - height, step - GAP, height)
        )
    return found
