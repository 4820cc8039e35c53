"""The environment of a school in production, as the bench runs it."""

import secrets
from pathlib import Path

HOST = "school.example.com"


def environment(var: Path) -> dict[str, str]:
    """The settings of a school in production; its secret key is made here, once."""
    key = var / "secret-key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        key.chmod(0o600)
    return {
        "AMI_DEBUG": "off",
        "AMI_BASE_URL": f"https://{HOST}",
        "AMI_SECRET_KEY": key.read_text(encoding="utf-8"),
        "AMI_VAR_DIR": str(var),
        "AMI_STATIC_ROOT": str(var / "static"),
        "AMI_MEDIA_ROOT": str(var / "media"),
        "AMI_PRIVATE_ROOT": str(var / "private"),
        # one key sends everything here: without a limit it would measure the limiter
        "AMI_WORKER_RATE": "1000000",
        "AMI_LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }
