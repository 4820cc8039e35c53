"""Makes the sound of a tape, calm and then busy, from the standard library, in place.

Every trade is a click: high for a purchase, low for a sale. Ten seconds of a calm market,
then ten in which stops go off. The same bytes each time.

    python courses/demo/render_audio.py
"""

import math
import random
import wave
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "trading-fundamentals" / "media" / "tape.wav"
RATE = 8000  # samples a second, 8 bits each
SECONDS = 20
CLICK = 0.03  # seconds


def trades() -> list[tuple[float, float]]:
    """(second, pitch in Hz) of each trade; sales rule once the stops go off."""
    chance = random.Random(7)  # noqa: S311  a sound, not a secret
    found = []
    second = 0.4
    while second < SECONDS - 1:
        calm = second < SECONDS / 2
        sale = chance.random() < (0.5 if calm else 0.85)
        found.append((second, 440.0 if sale else 880.0))
        busy = (second - SECONDS / 2) / (SECONDS / 2)
        second += chance.expovariate(1.4 if calm else 4 + 22 * busy)
    return found


def sound() -> bytes:
    """20 s of silence with the clicks added, as unsigned 8-bit samples."""
    level = [0.0] * (RATE * SECONDS)
    for second, pitch in trades():
        start = int(second * RATE)
        for step in range(int(CLICK * RATE)):
            fade = math.exp(-step / (0.008 * RATE))
            level[start + step] += (
                0.5 * fade * math.sin(2 * math.pi * pitch * step / RATE)
            )
    return bytes(128 + int(120 * max(-1.0, min(1.0, one))) for one in level)


if __name__ == "__main__":
    with wave.open(str(TARGET), "wb") as target:
        target.setparams((1, 1, RATE, 0, "NONE", "not compressed"))
        target.writeframes(sound())
