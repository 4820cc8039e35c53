"""P1 to P3: a public page through nginx, from the page cache, and rendered."""

import shutil

from bench import load
from bench.figures import pairs
from bench.measure import Figure
from bench.places import PROXY_HEADERS, Places

MOST_STATEMENTS = 6


def measure_cached_by_nginx(places: Places, seconds: float) -> Figure:
    figure = Figure("P1", "cached page through nginx", "req", 0.9, "≥ 0.9", "nginx_hit")
    if shutil.which("nginx") is None:
        figure.missing, figure.optional = "nginx not here: P1 left out", True
        return figure
    path, app, front = places.product_facts["page"], places.product(), places.nginx()
    body, headers = places.fetch(front, path, PROXY_HEADERS)
    hit = places.nginx_hit(len(body))
    roots = (*front.cpu_roots, *app.cpu_roots)
    figure.product, figure.reference = pairs.alternate(
        places,
        load.Target(front.url + path, roots, PROXY_HEADERS, watched=app.cpu_roots),
        load.Target(hit.url + "/", hit.cpu_roots),
        seconds,
    )
    per_request = figure.product.facts["watched_cpu"]
    figure.conditions["no application CPU on a hit"] = per_request < 1
    figure.notes.append(
        f"application's CPU {per_request:.0f} µs a request; page of {len(body):,} bytes"
        f" on both sides; Cache-Control: {headers.get('cache-control', 'none')}"
    )
    return figure


def measure_kept_page(places: Places, seconds: float) -> Figure:
    figure = Figure(
        "P2", "page kept by the application", "req", 0.85, "≥ 0.85", "full_view"
    )
    path, app, reference = (
        places.product_facts["page"],
        places.product(),
        places.reference(),
    )
    places.fetch(app, path, PROXY_HEADERS)
    count, _ = places.statements(app, path, PROXY_HEADERS)
    figure.product, figure.reference = pairs.alternate(
        places,
        load.Target(app.url + path, app.cpu_roots, PROXY_HEADERS),
        load.Target(reference.url + "/full/", reference.cpu_roots),
        seconds,
    )
    bare = load.run(
        load.Target(reference.url + "/bare/", reference.cpu_roots),
        seconds=min(seconds, 2), core=places.load_core,
    )  # fmt: skip
    figure.conditions["answered without SQL"] = count == 0
    figure.notes.append(
        f"{count} statements; bare_view {bare.rate:,.0f} req/s, {bare.cpu:,.0f} µs"
    )
    return figure


def measure_rendered(places: Places, seconds: float) -> Figure:
    figure = Figure(
        "P3", "uncached public page", "req", 4.2,
        f"≥ 4.2, ≤ {MOST_STATEMENTS} statements", "stock_page",
    )  # fmt: skip
    path, other_path = places.product_facts["page"], places.reference_facts["page"]
    app, reference = places.product(page_cache=False), places.reference()
    body, _ = places.fetch(app, path, PROXY_HEADERS)
    stock, _ = places.fetch(reference, other_path, {})
    count, listed = places.statements(app, path, PROXY_HEADERS)
    stock_count, _ = places.statements(reference, other_path, {})
    figure.product, figure.reference = pairs.alternate(
        places,
        load.Target(app.url + path, app.cpu_roots, PROXY_HEADERS),
        load.Target(reference.url + other_path, reference.cpu_roots),
        seconds,
    )
    figure.conditions[f"at most {MOST_STATEMENTS} statements"] = (
        count <= MOST_STATEMENTS
    )
    figure.notes.append(
        f"{count} statements, {len(body):,} bytes · stock_page {stock_count}, {len(stock):,}"
    )
    figure.notes += pairs.summary(listed)
    return figure
