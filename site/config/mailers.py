"""Django's MAILERS from one address: file:///folder, smtp://… or smtp+tls://…"""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BACKENDS = "django.core.mail.backends"


def from_url(url: str) -> dict[str, dict[str, Any]]:
    """The one mailer that url describes; an unknown scheme stops the start."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        backend = "filebased"
        options: dict[str, Any] = {"file_path": parts.path}
    elif parts.scheme in {"smtp", "smtp+tls"}:
        backend = "smtp"
        options = {
            "host": parts.hostname or "localhost",
            "port": parts.port or 587,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "timeout": 10,
        }
    else:
        raise ImproperlyConfigured(
            "AMI_MAIL_URL must begin with file://, smtp:// or smtp+tls://"
        )
    return {
        "default": {
            "BACKEND": f"{BACKENDS}.{backend}.EmailBackend",
            "OPTIONS": options,
        }
    }
