"""L1, L2: the lesson page of a signed-in, enrolled student, and their player's report."""

from bench import load
from bench.figures import pairs
from bench.measure import Figure
from bench.places import PROXY_HEADERS, Places

MOST_STATEMENTS = 3
TOKEN = "a" * 32  # any will do, as long as cookie and header agree
BEAT = "position=9&duration=28&played=0-9&seq=1"


def measure_lesson(places: Places, seconds: float) -> Figure:
    figure = Figure(
        "L1", "lesson page, signed in", "req", 10.0,
        f"≥ 10, ≤ {MOST_STATEMENTS} statements", "orm_lesson",
    )  # fmt: skip
    path = places.product_facts["lesson"]
    if path:
        _measure(places, figure, path, seconds)
    else:
        figure.missing = "the demo school has no lesson"
    return figure


def _measure(places: Places, figure: Figure, path: str, seconds: float) -> None:
    app, reference = places.product(), places.reference()
    # a browser that read a lesson before holds both cookies; orm_lesson looks at one
    token = f"{places.product_facts['csrf']}={TOKEN}"
    headers = PROXY_HEADERS | {"Cookie": f"{places.product_facts['cookie']}; {token}"}
    theirs = {"Cookie": f"{places.reference_facts['cookie']}; csrftoken={TOKEN}"}
    other_path = places.reference_facts["lesson"]
    body, _ = places.fetch(app, path, headers)
    stock, _ = places.fetch(reference, other_path, theirs)
    count, listed = places.statements(app, path, headers)
    stock_count, _ = places.statements(reference, other_path, theirs)
    figure.product, figure.reference = pairs.alternate(
        places,
        load.Target(app.url + path, app.cpu_roots, headers),
        load.Target(reference.url + other_path, reference.cpu_roots, theirs),
        seconds,
    )
    figure.conditions[f"at most {MOST_STATEMENTS} statements"] = (
        count <= MOST_STATEMENTS
    )
    figure.notes.append(
        f"{count} statements, {len(body):,} bytes · orm_lesson {stock_count}, {len(stock):,}"
    )
    figure.notes += pairs.summary(listed)


def measure_heartbeat(places: Places, seconds: float) -> Figure:
    figure = Figure(
        "L2", "heartbeat of a video", "req", 2.0,
        f"≥ 2, ≤ {MOST_STATEMENTS} statements", "orm_beat",
    )  # fmt: skip
    path = places.product_facts.get("watch", "")
    if not path:
        figure.missing = "the demo school has no video of its own"
        return figure
    app, reference = places.product(), places.reference()
    cookie = places.product_facts["cookie"]
    headers = PROXY_HEADERS | {
        "Cookie": f"{cookie}; {places.product_facts['csrf']}={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Referer": f"https://{PROXY_HEADERS['Host']}/",
    }
    theirs = {"Cookie": places.reference_facts["cookie"]}
    other = places.reference_facts["beat"]
    for _again in range(2):
        count = places.posted(app, path, headers, BEAT)
        stock = places.posted(reference, other, theirs, "position=9")
    figure.product, figure.reference = pairs.alternate(
        places,
        load.Target(app.url + path, app.cpu_roots, headers, body=BEAT),
        load.Target(
            reference.url + other, reference.cpu_roots, theirs, body="position=9"
        ),
        seconds,
    )
    figure.conditions[f"at most {MOST_STATEMENTS} statements"] = (
        count <= MOST_STATEMENTS
    )
    figure.notes.append(
        f"{count} statements, the user's row included · orm_beat {stock}"
    )
    return figure
