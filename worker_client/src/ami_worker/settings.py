"""Settings of the command: environment and options, never a key on the command line."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
import platformdirs

from ami_worker._client import Client
from ami_worker._errors import ConfigError

_DEFAULT_PATIENCE_SECONDS = 30.0
_TIMEOUT_SECONDS = 30.0  # 5,000 rows on a small server take a while


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    key: str
    account: uuid.UUID | None
    home: Path
    patience: float

    def client(self, transport: httpx.BaseTransport | None = None) -> Client:
        return Client(self.url, self.key, timeout=_TIMEOUT_SECONDS, transport=transport)


def load(
    *,
    url: str | None = None,
    key_file: Path | None = None,
    account: str | None = None,
) -> Settings:
    """Options win over the environment. ConfigError names the variable to set."""
    return Settings(
        url=_url(url or os.environ.get("AMI_WORKER_URL", "")),
        key=_key(key_file),
        account=_account(account or os.environ.get("AMI_WORKER_ACCOUNT", "")),
        home=home(),
        patience=_patience(os.environ.get("AMI_WORKER_PATIENCE", "")),
    )


def home() -> Path:
    """The folder of the outbox: AMI_WORKER_HOME, or the user's data folder."""
    named = os.environ.get("AMI_WORKER_HOME")
    return Path(named) if named else platformdirs.user_data_path("ami-worker")


def _url(text: str) -> str:
    if not text:
        raise ConfigError(
            "No site: set AMI_WORKER_URL, for example https://school.example"
        )
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ConfigError(f"AMI_WORKER_URL is not an address: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError("AMI_WORKER_URL must begin with https:// (or http://)")
    return text.rstrip("/")


def _key(key_file: Path | None) -> str:
    named = key_file or os.environ.get("AMI_WORKER_KEY_FILE")
    if named:
        try:
            key = Path(named).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The key file {named} cannot be read") from error
    else:
        key = os.environ.get("AMI_WORKER_KEY", "").strip()
    if not key:
        raise ConfigError("No key: set AMI_WORKER_KEY_FILE (or AMI_WORKER_KEY)")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError("The key holds characters that no key of the site has")
    return key


def _account(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise ConfigError(
            "The account must be a UUID: `ami-worker whoami` lists yours"
        ) from error


def _patience(text: str) -> float:
    try:
        return float(text) if text else _DEFAULT_PATIENCE_SECONDS
    except ValueError as error:
        raise ConfigError("AMI_WORKER_PATIENCE must be a number of seconds") from error
