"""Every named URL, as each kind of person: never a 500, and strangers see no admin."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from accounts.models import User

pytestmark = pytest.mark.django_db

SAMPLE = {
    "pk": "1", "id": "1", "int": "1", "uuid": "7f9c24e5-2f6b-4d3a-9a55-0c1d2e3f4a5b",
    "slug": "nothing", "path": "nothing", "str": "nothing",
}  # fmt: skip
# ends the walk's session, fails on purpose, or needs rows that were ticked
LEFT_OUT = {
    "account_logout",
    "wagtailadmin_logout",
    "logout",
    "wagtailadmin_error_test",
    "djstripe_custom_action",
}
# the admin's icons and texts hold nothing of the school
OPEN_TO_ALL = ("/admin/sprite", "/admin/jsi18n/", "/django-admin/jsi18n/")


def named(
    resolver: URLResolver, spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name with namespaces, sample arguments) of every pattern that has a name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from named(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            converters = pattern.pattern.converters
            sample = {key: _sample(key, value) for key, value in converters.items()}
            yield ":".join((*spaces, pattern.name)), sample


def _sample(name: str, converter: Any) -> str:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLE.get(kind, SAMPLE.get(name, "1"))


def urls() -> list[str]:
    found = set()
    for name, sample in named(get_resolver()):
        if name.split(":")[-1] in LEFT_OUT:
            continue
        try:
            with translation.override("es"):
                found.add(reverse(name, kwargs=sample))
        except NoReverseMatch:
            continue
    return sorted(found)


@pytest.fixture(params=["visitor", "student", "editor", "owner"])
def person(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_no_url_answers_with_a_server_error(
    person: str,
    alice: User,
    editor: User,
    owner: User,
    client_of: Callable[[User], Client],
) -> None:
    people = {"student": alice, "editor": editor, "owner": owner}
    client = client_of(people[person]) if person in people else Client()
    client.raise_request_exception = False
    broken = [url for url in urls() if client.get(url).status_code >= 500]
    assert broken == []


def test_strangers_and_students_see_no_admin_page(
    alice: User, client_of: Callable[[User], Client]
) -> None:
    for client in (Client(), client_of(alice)):
        opened = [
            url
            for url in urls()
            if url.startswith(("/admin/", "/django-admin/"))
            and not url.startswith(OPEN_TO_ALL)
            and client.get(url).status_code == 200
        ]
        assert opened == []


def test_the_walk_covers_the_site() -> None:
    found = urls()
    assert len(found) > 200
    for path in ("/es/dashboard/", "/healthz/live", "/es/accounts/login/"):
        assert path in found
