"""How the pages look for one browser: two cookies the server reads, so nothing flashes."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES = ("system", "light", "dark")
PALETTES = ("", "safe")
YEAR_SECONDS = 365 * 24 * 60 * 60


def of(request: HttpRequest) -> tuple[str, str]:
    """Theme and palette; an unknown cookie counts as none."""
    theme = request.COOKIES.get("theme", "")
    palette = request.COOKIES.get("palette", "")
    return (
        theme if theme in THEMES else "system",
        palette if palette in PALETTES else "",
    )


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice for a year; the default ("system", no palette) is no cookie at all."""
    if value in {"", "system"}:
        response.delete_cookie(name, samesite="Lax")
        return
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        secure=settings.SECURE,
        httponly=True,
    )
