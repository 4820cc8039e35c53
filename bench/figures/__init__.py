"""One module per subject.

A measurement is called with the places and the seconds one run lasts; it returns its
figures. What could not be measured says so in Figure.missing.
"""

from collections.abc import Callable

from bench.figures import billing, ingest, lessons, pages
from bench.measure import Figure
from bench.places import Places

Measurement = Callable[[Places, float], Figure | list[Figure]]
MEASUREMENTS: list[tuple[tuple[str, ...], Measurement]] = [
    (("P1",), pages.measure_cached_by_nginx),
    (("P2",), pages.measure_kept_page),
    (("P3",), pages.measure_rendered),
    (("L1",), lessons.measure_lesson),
    (("L2",), lessons.measure_heartbeat),
    (("I1", "I4", "I5"), ingest.measure_ingest),
    (("S1", "S2"), billing.measure_webhooks),
    (("V1",), billing.measure_receipt),
]
IDS = [name for names, _ in MEASUREMENTS for name in names]
