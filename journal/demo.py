"""The demo school's journal: two accounts, filled by the real worker program."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

from accounts.hooks import Write
from journal.models import Account, Fill
from journal.opening import open_account
from worker_api import keys
from worker_api.models import WorkerKey

STUDENT = "ana@example.com"
KEY_NAME = "demo-worker"
FILES = Path("worker_client/demo")
ACCOUNTS = {
    "Binance spot": ("binance_spot.csv", {
        "broker": "Binance", "base_currency": "USDT", "timezone": "Etc/UTC",
        "starting_balance": "10000",
    }),
    "thinkorswim": ("thinkorswim.csv", {
        "broker": "thinkorswim", "base_currency": "USD",
        "timezone": "America/New_York", "starting_balance": "10000",
    }),
}  # fmt: skip


def load(write: Write) -> None:
    """Ana's accounts; those that are there are left as they are."""
    student = get_user_model().objects.filter(email=STUDENT).first()
    if student is None:
        return
    for name, (_, fields) in ACCOUNTS.items():
        _account, is_new = open_account(student, name, is_demo=True, **fields)
        if is_new:
            write(f"journal account {name}")


def run_worker(base_url: str, write: Write) -> None:
    """Push each demo file to the running site, as a worker on another machine would."""
    if importlib.util.find_spec("ami_worker") is None:
        write("journal: ami-worker is not installed, the demo journal stays empty")
        return
    for name, (file, _) in ACCOUNTS.items():
        account = Account.objects.filter(user__email=STUDENT, name=name).first()
        path = settings.BASE_DIR / FILES / file
        if account is None or Fill.objects.filter(account=account).exists():
            continue
        if not path.is_file():
            write(f"journal: {FILES / file} is missing, {name} stays empty")
            continue
        _push(account, path, base_url, write)


def _push(account: Account, path: Path, base_url: str, write: Write) -> None:
    environment = {
        **os.environ,
        "AMI_WORKER_URL": base_url,
        "AMI_WORKER_KEY_FILE": str(_key_file()),
        "AMI_WORKER_ACCOUNT": str(account.pk),
        "AMI_WORKER_HOME": str(settings.VAR_DIR / "demo-worker" / str(account.pk)),
    }
    done = subprocess.run(  # noqa: S603  our own program and file
        [sys.executable, "-m", "ami_worker", "push", "--resend", str(path)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    for line in done.stdout.splitlines():
        if not line.startswith("sending "):  # its progress, a line for each batch
            write(f"ami-worker: {line}")
    if done.returncode:
        write(f"journal: ami-worker ended with {done.returncode}, {path.name} waits")


def _key_file() -> Path:
    """The file with the demo worker's key; a new key when the old one cannot be used."""
    path: Path = settings.VAR_DIR / "demo-worker.key"
    if path.is_file() and keys.find(path.read_text(encoding="utf-8").strip()):
        return path
    for old in WorkerKey.objects.filter(name=KEY_NAME, revoked_at=None):
        keys.revoke(old, actor="demo")
    _, text = keys.issue(KEY_NAME, scopes=["journal:write"], actor="demo")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(
        os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w"
    ) as file:
        file.write(text + "\n")
    return path
