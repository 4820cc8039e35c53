import pytest

from worker_api import rates


@pytest.fixture(autouse=True)
def _fresh_rates() -> None:
    rates.forget()
