import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import stamina

from ami_worker import cli
from fake_site import FakeSite, account

SAMPLES = Path(__file__).parent / "samples"


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite() as running:
        running.accounts = [account()]
        yield running


@pytest.fixture
def worker(
    site: FakeSite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Result]:
    """Runs the command against the fake site with an outbox of its own."""
    for name in ("ACCOUNT", "KEY_FILE", "PATIENCE"):
        monkeypatch.delenv(f"AMI_WORKER_{name}", raising=False)
    monkeypatch.setenv("AMI_WORKER_URL", site.url)
    monkeypatch.setenv("AMI_WORKER_KEY", "good-key")
    monkeypatch.setenv("AMI_WORKER_HOME", str(tmp_path / "home"))

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["ami-worker", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        text = capsys.readouterr()
        code = left.value.code
        return Result(code if isinstance(code, int) else 1, text.out, text.err)

    return run


@pytest.fixture
def samples() -> Path:
    return SAMPLES
