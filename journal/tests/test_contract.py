"""The contract file holds exactly what the site with its journal serves."""

from worker_api import contract


def test_the_contract_is_what_is_served() -> None:
    assert contract.committed() == contract.served(), "run: make contract"
