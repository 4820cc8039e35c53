"""S1, S2, V1: Stripe's events acknowledged, and a receipt rendered."""

import hashlib
import hmac
import http.client
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bench import measure
from bench.measure import Figure, Sample
from bench.places import PROXY_HEADERS, Places, Server

SECRET = "whsec_bench" + "0" * 20
DJSTRIPE = {"DJANGO_SETTINGS_MODULE": "bench.djstripe_settings"}
WEBHOOK = "/billing/webhook/"
INBOX = "/inbox/"
ROUNDS = 2
LEAST, MOST = 20, 2000
MOST_STATEMENTS = 3
SLOWEST = 5  # times the floor's p95
NUMBERS = count(1)


def measure_webhooks(places: Places, seconds: float) -> list[Figure]:
    s1 = Figure("S1", "Stripe event acknowledged", "event", 0.2, "≥ 0.2, ≤ 3 statements, p95 ≤ 5 ×", "inbox_floor")  # fmt: skip
    s2 = Figure("S2", "Stripe event acknowledged", "event", 15.0, "≥ 15", "djstripe_view")  # fmt: skip
    with _stripe() as (keys, customer):
        ours, theirs, path = _selling(places, keys), *_djstripe(places, keys)
        floor = places.reference()
        ways: list[tuple[Server, str, str]] = [
            (ours, WEBHOOK, customer),
            (floor, INBOX, customer),
            (theirs, path, customer),
        ]
        samples: list[list[Sample]] = [[], [], []]
        for server, address, _ in ways:
            push(server, address, events(customer, LEAST))
        for _round in range(ROUNDS):
            for kept, (server, address, _) in zip(samples, ways, strict=True):
                kept.append(_run(server, address, customer, seconds))
        s1.product = s2.product = measure.best(samples[0])
        s1.reference, s2.reference = map(measure.best, samples[1:])
        asked = statements(ours, events(customer, 1))
    s1.conditions[f"≤ {MOST_STATEMENTS} statements"] = asked <= MOST_STATEMENTS
    s1.conditions[f"p95 ≤ {SLOWEST} × the floor's"] = _p95(s1.product) <= SLOWEST * _p95(s1.reference)  # fmt: skip
    s1.notes.append(
        f"{asked} statements; p95 {_p95(s1.product):.1f} and {_p95(s1.reference):.1f} ms"
    )
    _forget(places)
    return [s1, s2]


def _selling(places: Places, keys: dict[str, str]) -> Server:
    """The product as a school that sells."""
    return places.gunicorn(
        "product-billing", [], places.environment | keys, "/healthz/live"
    )


def _djstripe(places: Places, keys: dict[str, str]) -> tuple[Server, str]:
    """`djstripe_view`: dj-stripe's own view on the product's database, and its address."""
    environment = places.environment | keys | DJSTRIPE
    found = places.program("bench.djstripe_facts", SECRET, environment=environment)
    server = places.gunicorn("djstripe", [], environment, "/healthz/live")
    return server, f"/stripe/webhook/{found['endpoint']}/"


def _forget(places: Places) -> None:
    """Empty the inboxes of the product and of the references."""
    for database, tables in (
        (places.product_database, "billing_inboxevent, djstripe_webhookeventtrigger, djstripe_event"),
        (places.reference_database, "reference_inboxrow"),
    ):  # fmt: skip
        with places.maintenance(database) as connection:
            connection.execute(f"TRUNCATE {tables} CASCADE".encode())


@contextmanager
def _stripe() -> Iterator[tuple[dict[str, str], str]]:
    """The stand-in for Stripe's API, which only dj-stripe's view asks: keys, a customer."""
    from billing.fakestripe import seed, server
    from billing.fakestripe.shapes import fresh

    fake = server.start(seeded=True)
    customer = fake.store.put("customer", fresh(fake.store, "customer"))
    keys = {
        "STRIPE_API_HOST": fake.url,
        "STRIPE_SECRET_KEY": seed.SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": seed.PUBLIC_KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
    }
    try:
        yield keys, json.dumps(customer)
    finally:
        fake.stop()


def events(customer: str, wanted: int) -> list[bytes]:
    """Signed when they are sent; each with an id of its own."""
    stamp = int(time.time())
    return [
        (
            f'{{"id":"evt_bench{stamp}{next(NUMBERS)}","object":"event",'
            f'"api_version":"2026-08-26.dahlia","created":{stamp},"livemode":false,'
            f'"pending_webhooks":1,"request":{{"id":null,"idempotency_key":null}},'
            f'"type":"customer.updated","data":{{"object":{customer}}}}}'
        ).encode()
        for _ in range(wanted)
    ]


def _headers(body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    mark = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return PROXY_HEADERS | {
        "Content-Type": "application/json",
        "Stripe-Signature": f"t={stamp},v1={mark.hexdigest()}",
    }


def push(server: Server, path: str, bodies: list[bytes]) -> Sample:
    """Deliver one after the other over one connection; anything but 200 raises."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    before, started = measure.cpu_seconds(server.cpu_roots), time.perf_counter()
    times = [_timed(connection, path, body) for body in bodies]
    wall = time.perf_counter() - started
    spent = measure.cpu_seconds(server.cpu_roots) - before
    connection.close()
    return Sample(
        rate=len(bodies) / wall,
        cpu=spent / len(bodies) * 1e6,
        p95_ms=statistics.quantiles(times, n=20)[-1] * 1000,
    )


def _timed(connection: http.client.HTTPConnection, path: str, body: bytes) -> float:
    started = time.perf_counter()
    connection.request("POST", path, body, _headers(body))
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:300]!r}")
    return time.perf_counter() - started


def _run(server: Server, path: str, customer: str, seconds: float) -> Sample:
    """As many events as fill the time."""
    rate = push(server, path, events(customer, LEAST)).rate
    wanted = min(max(LEAST, round(rate * seconds)), MOST)
    return push(server, path, events(customer, wanted))


def statements(server: Server, bodies: list[bytes]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = _headers(bodies[0]) | {"X-Bench-Count": "1"}
    connection.request("POST", WEBHOOK, bodies[0], headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return int(answer.headers["X-Bench-Statements"])


def _p95(sample: Sample) -> float:
    return sample.p95_ms or 0.0


MOST_OF_NAIVE = 0.65


def measure_receipt(places: Places, seconds: float) -> Figure:
    """The ratio is naive CPU / ours, so 0.65 of naive is 1.54."""
    figure = Figure("V1", "receipt PDF, warm", "page", 1 / MOST_OF_NAIVE, "≥ 1.54 (CPU ≤ 0.65 of naive)", "weasy_naive")  # fmt: skip
    found = places.program("bench.receipt_times")
    figure.product, figure.reference = map(
        _of_cpu, (float(found["product_ms"]), float(found["naive_ms"]))
    )
    figure.conditions["the same receipt is the same bytes"] = bool(found["identical"])
    return figure


def _of_cpu(milliseconds: float) -> Sample:
    return Sample(rate=1000 / milliseconds, cpu=milliseconds * 1000)
