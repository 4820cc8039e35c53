import httpx
import pytest

import ami_worker
from ami_worker import Client

ACCEPTED = {
    "batch_id": "11111111-1111-4111-8111-111111111111",
    "replay": False,
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "removed": 0,
}


def client(*answers: httpx.Response | Exception) -> tuple[Client, list[httpx.Request]]:
    queue, seen = list(answers), []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = queue.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    return Client("https://school.example", "secret", transport=transport), seen


def test_sends_the_key_and_the_exact_bytes() -> None:
    made, seen = client(httpx.Response(200, json=ACCEPTED))
    with made:
        answer = made.send("journal_fills_push", b'{"a": 1}')
    assert answer.created == 1
    assert seen[0].headers["X-API-Key"] == "secret"
    assert "Content-Encoding" not in seen[0].headers
    assert (seen[0].method, seen[0].content) == ("POST", b'{"a": 1}')


@pytest.mark.parametrize(
    ("status", "kind", "temporary"),
    [
        (401, ami_worker.AuthError, False),
        (403, ami_worker.AuthError, False),
        (422, ami_worker.ValidationError, False),
        (413, ami_worker.ApiError, False),
        (409, ami_worker.ApiError, True),
        (429, ami_worker.ApiError, True),
        (503, ami_worker.ApiError, True),
    ],
)
def test_each_refusal_has_its_error(
    status: int, kind: type[ami_worker.ApiError], temporary: bool
) -> None:
    body = {"detail": "why", "errors": [{"field": "rows.0.price", "message": "bad"}]}
    made, _ = client(httpx.Response(status, json=body, headers={"Retry-After": "12"}))
    with made, pytest.raises(kind) as caught:
        made.send("journal_fills_push", b"{}")
    assert caught.value.is_temporary is temporary
    assert caught.value.errors == (("rows.0.price", "bad"),)
    assert caught.value.retry_after == 12


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout(""),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(301, headers={"Location": "https://other.example/"}),
        httpx.Response(404, text="<h1>Not found</h1>"),
    ],
)
def test_what_is_not_an_answer_may_be_repeated(
    answer: httpx.Response | Exception,
) -> None:
    made, _ = client(answer)
    with made, pytest.raises(ami_worker.TransportError):
        made.send("journal_fills_push", b"{}")


def test_every_public_name_is_exported() -> None:
    assert sorted(ami_worker.__all__) == ami_worker.__all__
    assert all(hasattr(ami_worker, name) for name in ami_worker.__all__)
