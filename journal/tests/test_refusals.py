"""Whatever is sent, the answer is a problem that names the field, and nothing is stored."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from journal.models import Account, Fill, Run, Trade
from journal.tests import make
from worker_api import rates

pytestmark = pytest.mark.django_db
PATHS = ["fills", "trades", "daily-stats", "runs"]


def problem(answer: Any, status: int) -> dict[str, str]:
    """The messages by field; checks the form of the answer."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert len(body["errors"]) <= 50
    return {error["field"]: error["message"] for error in body["errors"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "0"), ("quantity", "-1"), ("quantity", 1), ("quantity", True),
        ("quantity", "1" * 17), ("quantity", "0." + "1" * 13), ("quantity", "1\n"),
        ("quantity", "9" * 5000), ("price", "-0.1"), ("price", None), ("price", ""),
        ("price", "1,5"), ("price", "٣"), ("side", "short"), ("side", None),
        ("external_id", ""), ("external_id", "a" * 65), ("external_id", "a\tb"),
        ("external_id", "a\\b"), ("external_id", "a\x00b"), ("external_id", 5),
        ("executed_at", "2026-02-30T00:00:00Z"), ("executed_at", "2026-03-02T10:00:00"),
        ("executed_at", "10000-01-01T00:00:00Z"), ("executed_at", 1772467200),
        ("executed_at", "1772467200"), ("executed_at", "2026-03-02T10:00:00+99:99"),
        ("executed_at", "1989-12-31T23:59:59Z"), ("executed_at", "2099-01-01T00:00:00Z"),
        ("executed_at", "0001-01-01T00:00:00+23:59"),
        ("executed_at", "9999-12-31T23:59:59-23:59"), ("executed_at", "2026-03-02"),
        ("fee_currency", "usd"), ("fee_currency", "€"), ("commission", 0.5),
        ("raw", {"a": 1}), ("raw", {"a": "\x00"}), ("raw", {str(n): "" for n in range(41)}),
        ("raw", []), ("raw", {"a": "x" * 2001}), ("unknown", "x"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_and_its_value_is_not_repeated(
    alice: Any, field: str, value: Any
) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(0), make.fill(1, **{field: value})])
    answer = worker.send("fills", body)
    errors = problem(answer, 422)
    assert any(path.startswith(f"rows.1.{field}") for path in errors)
    if isinstance(value, str) and len(value) > 4:
        assert value not in answer.text
    assert not Fill.objects.exists()


def test_two_rows_of_one_id_are_both_named(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    rows = [make.fill(0), make.fill(1), make.fill(2, external_id="f0")]
    errors = problem(worker.send("fills", make.fills(account, rows)), 422)
    assert errors == {"rows.2.external_id": "same as rows.0"}


def test_one_bad_row_of_many_stores_nothing_and_at_most_50_are_listed(
    alice: Any,
) -> None:
    account, worker = make.account(alice), make.Worker()
    rows = [make.fill(number) for number in range(300)]
    rows[297]["instrument"] = "equity:OTHER:USD"
    errors = problem(worker.send("fills", make.fills(account, rows)), 422)
    assert list(errors) == ["rows.297.instrument"]
    rows = [make.fill(number, price="x") for number in range(300)]
    assert len(problem(worker.send("fills", make.fills(account, rows)), 422)) == 50
    assert not Fill.objects.exists()


@pytest.mark.parametrize("size", [0, 5001])
def test_a_batch_has_1_to_5000_rows(alice: Any, size: int) -> None:
    account, worker = make.account(alice), make.Worker()
    body = make.fills(account, [make.fill(number) for number in range(size)])
    assert "rows" in problem(worker.send("fills", body), 422)


def test_trades_that_contradict_themselves_are_refused(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker()
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(2)]))
    cases = {
        "closed_at": {"closed_at": None},
        "quantity": {"quantity": "0"},
        "fill_count": {"fill_count": 0},
        "holding_seconds": {"holding_seconds": 2**40},
        "needs_opening_balance": {"needs_opening_balance": 1},
        "fills": {"fills": []},
        "fills.1.external_id": {"fills": make.trade(account, 0)["fills"][:1] * 2},
        "fills.0.external_id": {"fills": make.trade(account, 7)["fills"]},
    }
    for field, change in cases.items():
        body = make.trades(account, [make.trade(account, 0, **change)])
        assert f"rows.0.{field}" in problem(worker.send("trades", body), 422)
    assert not Trade.objects.exists()


def test_trades_outside_their_window_or_of_an_unknown_instrument_are_refused(
    alice: Any,
) -> None:
    account, worker = make.account(alice), make.Worker()
    row = make.trade(account, 0)
    assert "instrument" in problem(
        worker.send("trades", make.trades(account, [row])), 422
    )
    worker.must("fills", make.fills(account, [make.fill(n) for n in range(2)]))
    late = make.trades(account, [row], window_from="2026-03-03T00:00:00Z")
    assert "rows.0.opened_at" in problem(worker.send("trades", late), 422)


def test_a_trade_id_of_another_account_is_left_alone(alice: Any, bob: Any) -> None:
    first, second = make.account(alice), make.account(bob)
    make.story(first, ["10"])
    worker = make.Worker()
    worker.must("fills", make.fills(second, [make.fill(n) for n in range(2)]))
    stolen = make.trade(first, 0, net="-999")
    errors = problem(worker.send("trades", make.trades(second, [stolen])), 422)
    assert "rows.0.id" in errors
    assert Trade.objects.get().net_pnl == 10


def test_a_key_for_one_account_finds_no_other(alice: Any, bob: Any) -> None:
    own, other = make.account(alice), make.account(bob)
    worker = make.Worker(f"journal:write:{own.pk}")
    worker.must("fills", make.fills(own, [make.fill(0)]))
    for path, body in (
        ("fills", make.fills(other, [make.fill(0)])),
        ("trades", make.trades(other, [])),
        ("daily-stats", make.dailies(other, [])),
        ("runs", make.run(other)),
    ):
        problem(worker.send(path, body), 404)
    assert AuditEvent.objects.filter(action="worker.refused").count() == 4
    assert Fill.objects.get().account == own
    listed = Client().get(f"{make.API}/accounts", headers={"X-API-Key": worker.text})
    assert [account["id"] for account in listed.json()] == [str(own.pk)]


def test_a_run_of_another_account_is_not_found(alice: Any, bob: Any) -> None:
    worker, body = make.Worker(), make.run(make.account(alice))
    worker.must("runs", body)
    stolen = body | {"account_id": str(make.account(bob).pk), "message": "mine"}
    problem(worker.send("runs", stolen), 404)
    assert Run.objects.get().message == ""


def test_a_key_without_the_scope_may_neither_write_nor_list(alice: Any) -> None:
    account, worker = make.account(alice), make.Worker("journal:read", "billing:write")
    for path in PATHS:
        body = make.run(account) if path == "runs" else None
        body = body or {"fills": make.fills(account, [make.fill(0)]),
                        "trades": make.trades(account, []),
                        "daily-stats": make.dailies(account, [])}[path]  # fmt: skip
        problem(worker.send(path, body), 403)
    answer = Client().get(f"{make.API}/accounts", headers={"X-API-Key": worker.text})
    problem(answer, 403)


@pytest.mark.parametrize("account_id", ["00000000-0000-0000-0000-000000000000", None])
def test_an_account_that_is_not_there_or_closed_is_not_found(
    alice: Any, account_id: str | None
) -> None:
    account = make.account(alice, closed_at=make.START)
    body = make.fills(account, [make.fill(0)]) | (
        {"account_id": account_id} if account_id else {}
    )
    problem(make.Worker().send("fills", body), 404)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 415), (b" ", 400), (b"{", 400), (b"null", 422), (b"[]", 422), (b"1", 422),
        (b'"text"', 422), (b"\xff\xfe{}", 400), (b"\xef\xbb\xbf{}", 400),
        ("{}".encode("utf-16"), 400), (b'{"a": "\\ud800"}', 422), (b'{"a": 1, "a": 2}', 400),
        (b'{"\\ud800": 1}', 422), (b"[" * 100_000, 400), (b'{"a":' * 100_000, 400),
        (b"[" + b"9" * 5000 + b"]", 400), (b'{"batch_id": 1e999999999999}', 400),
        (b'{"rows": NaN}', 400), (b"\x00", 400),
        (json.dumps({str(n): n for n in range(20_000)}).encode(), 422),
    ],
)  # fmt: skip
def test_what_is_not_a_batch_is_refused(
    alice: Any, path: str, body: bytes, status: int
) -> None:
    answer = make.Worker().send(path, body)
    assert answer.status_code in {status, 422}
    problem(answer, answer.status_code)


def test_the_envelope_is_checked_before_the_body(alice: Any) -> None:
    worker = make.Worker()
    problem(worker.send("fills", "{}", content_type="text/plain"), 415)
    problem(
        worker.send("fills", "{}", content_type="multipart/form-data; boundary=x"), 415
    )
    problem(
        worker.send("fills", "{}", content_type="application/json; charset=latin-1"),
        415,
    )
    for coding in ("gzip", "br", "identity", "gzip, gzip"):
        problem(worker.send("fills", "{}", **{"Content-Encoding": coding}), 415)
    problem(worker.send("fills", b" " * (4 * 1024 * 1024 + 1)), 413)
    problem(worker.send("fills", b" " * (5 * 1024 * 1024)), 413)
    huge = Client().post(
        f"{make.API}/fills", b"{}", content_type="application/json",
        headers={"X-API-Key": worker.text}, CONTENT_LENGTH=str(20 * 1024**3),
    )  # fmt: skip
    problem(huge, 413)


def test_a_wrong_key_is_refused_before_anything_else() -> None:
    answer = Client().post(
        f"{make.API}/fills", b"not json", content_type="text/plain",
        headers={"X-API-Key": "wrong"},
    )  # fmt: skip
    problem(answer, 401)


def test_a_failure_of_ours_is_a_problem_and_leaves_nothing(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, worker = make.account(alice), make.Worker()

    def fail(*args: object, **data: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("audit.trail.record", fail)
    answer = worker.send("fills", make.fills(account, [make.fill(0)]))
    problem(answer, 500)
    assert "secret detail" not in answer.text
    assert not Fill.objects.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["NaN", "-0", "1e9", str(uuid4()), "2026-03-02T10:00:00Z", "\x00"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@hypothesis_settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_json_makes_the_site_fail(
    alice: Any, path: str, data: st.DataObject
) -> None:
    """A right batch with one part replaced by anything is taken or refused, never a 5xx."""
    rates.forget()
    account = Account.objects.filter(user=alice).first() or make.account(alice)
    body: Any = {
        "fills": lambda: make.fills(account, [make.fill(0)]),
        "trades": lambda: make.trades(account, [make.trade(account, 0)]),
        "daily-stats": lambda: make.dailies(account, [make.daily("2026-03-02")]),
        "runs": lambda: make.run(account),
    }[path]()
    place: Any = body
    while True:
        key = data.draw(
            st.sampled_from(
                sorted(place) if isinstance(place, dict) else range(len(place))
            )
        )
        if (
            isinstance(place[key], (dict, list))
            and place[key]
            and data.draw(st.booleans())
        ):
            place = place[key]
            continue
        place[key] = data.draw(JSON)
        break
    answer = make.Worker().send(path, json.dumps(body))
    assert answer.status_code in {200, 400, 404, 422}
