"""What is served stands in the one contract file; holds with and without the journal."""

import pytest
from django.test import Client

from worker_api import contract
from worker_api.tests import make

pytestmark = pytest.mark.django_db


def test_every_operation_served_is_in_the_contract() -> None:
    served, committed = contract.served(), contract.committed()
    assert served["paths"].items() <= committed["paths"].items()


def test_every_schema_served_is_in_the_contract() -> None:
    served = contract.served()["components"]["schemas"]
    assert served.items() <= contract.committed()["components"]["schemas"].items()


@pytest.mark.parametrize("path", ["/api/internal/docs", "/api/internal/openapi.json"])
def test_the_documentation_is_served_only_where_it_is_switched_on(
    settings: object, path: str
) -> None:
    settings.WORKER_API_DOCS = False  # type: ignore[attr-defined]
    _, text = make.key()
    assert Client().get(path).status_code == 404
    assert Client().get(path, headers={"X-API-Key": text}).status_code == 404
    settings.WORKER_API_DOCS = True  # type: ignore[attr-defined]
    assert Client().get(path).status_code == 200


def test_an_unknown_operation_is_a_problem_not_a_page() -> None:
    _, text = make.key()
    for path in ("nowhere", "journal/v2/fills", "whoami/", "a/b/c/"):
        for method in ("get", "post", "delete"):
            answer = getattr(Client(), method)(
                f"/api/internal/{path}", headers={"X-API-Key": text}
            )
            assert answer.status_code == 404
            assert answer["Content-Type"] == "application/problem+json"
