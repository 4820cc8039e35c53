"""Draws the demo school's pictures and film from their sources, in place.

Every `*.svg` of the media folders becomes a PNG 1600 px wide beside it, and
`one-r.source.html` becomes `one-r.mp4` (silent, 28 s) with its poster.
Needs Chromium for playwright and ffmpeg on PATH; takes about two minutes.

    python courses/demo/render_media.py            everything
    python courses/demo/render_media.py pictures   only the PNG files
"""

import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDERS = (
    HERE / "trading-fundamentals" / "media",
    HERE / "risk-in-practice" / "media",
    ROOT / "site" / "website" / "demo_content" / "media",
)
FILM = HERE / "trading-fundamentals" / "media" / "one-r.source.html"
FRAMES_PER_SECOND = 25
POSTER_SECOND = 14.5
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def small_png(picture: bytes) -> bytes:
    """Give the same flat picture with a palette of 256 colours, about a third as large."""
    small = BytesIO()
    flat = Image.open(BytesIO(picture)).convert("RGB")
    flat.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def draw_pictures(browser: Browser) -> None:
    """Write one PNG beside each SVG of the media folders."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    for source in sorted(path for folder in FOLDERS for path in folder.glob("*.svg")):
        svg = source.read_text(encoding="utf-8")
        page.set_content(f'<body style="margin:0">{svg}</body>')
        target = source.with_suffix(".png")
        target.write_bytes(small_png(page.locator("svg").screenshot()))
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KiB")
    page.close()


def film_frame(page: Page, second: float) -> bytes:
    """Give the film's picture at a second as PNG bytes."""
    page.evaluate("second => draw(second)", second)
    return page.screenshot(type="png")


def draw_film(browser: Browser) -> None:
    """Write the poster and pipe the frames into ffmpeg (H.264, plays while loading)."""
    target = FILM.with_name(FILM.name.replace(".source.html", ".mp4"))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(FILM.as_uri())
    poster = target.with_name(f"{target.stem}-poster.png")
    poster.write_bytes(small_png(film_frame(page, POSTER_SECOND)))
    seconds = int(page.evaluate("LENGTH"))
    command = [
        *("ffmpeg", "-y", "-loglevel", "error", "-f", "image2pipe"),
        *("-framerate", str(FRAMES_PER_SECOND), "-c:v", "png", "-i", "-"),
        *("-c:v", "libx264", "-preset", "slow", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-an", str(target)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None  # noqa: S101
        for number in range(seconds * FRAMES_PER_SECOND):
            encoder.stdin.write(film_frame(page, number / FRAMES_PER_SECOND))
    if encoder.returncode:
        raise SystemExit("ffmpeg could not write the film; its message is above.")
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KiB")
    page.close()


def main() -> None:
    """Render the pictures and, unless told otherwise, the film."""
    only_pictures = sys.argv[1:] == ["pictures"]
    if not only_pictures and shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not on PATH: install it, or run with `pictures`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM)
        )
        draw_pictures(browser)
        if not only_pictures:
            draw_film(browser)
        browser.close()


if __name__ == "__main__":
    main()
