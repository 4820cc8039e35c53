"""The cast every room's tests share: Alice and Bob learn, an editor writes, an owner runs it."""

import os
from collections.abc import Callable, Generator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let Django's flush empty the audit trail, which refuses TRUNCATE everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE audit_auditevent DISABLE TRIGGER audit_refuse_truncate"
        )


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None]:
    """A test that commits ends with Django's flush, which also takes the root page and
    the groups: clone the template again. After all fixtures: the flush is one of them.
    After the last test the database itself is gone."""
    yield
    template = os.environ.get("AMI_TEST_TEMPLATE")
    if template and nextitem is not None and _commits(item):
        _clone(template)


def _clone(template: str) -> None:
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as maintenance:
        maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    with psycopg.connect(
        settings.DATABASE_URL.rpartition("/")[0] + f"/{name}", autocommit=True
    ) as fresh:
        fresh.execute(
            "ALTER TABLE audit_auditevent DISABLE TRIGGER audit_refuse_truncate"
        )


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _school_language() -> Generator[None]:
    """A request leaves its language active: every test starts in the school's."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    from allauth.account.models import EmailAddress

    from accounts.models import User

    def make(name: str, **fields: Any) -> User:
        email = fields.pop("email", f"{name.lower()}@example.com")
        user = User.objects.create_user(
            email=email, password=PASSWORD, name=name, **fields
        )
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    return make


@pytest.fixture
def alice(make_user: Callable[..., Any]) -> Any:
    return make_user("Alice", language="en")


@pytest.fixture
def bob(make_user: Callable[..., Any]) -> Any:
    return make_user("Bob", language="es")


@pytest.fixture
def editor(make_user: Callable[..., Any]) -> Any:
    user = make_user("Eva", language="en")
    user.groups.add(Group.objects.get(name="Editors"))
    return user


@pytest.fixture
def owner(make_user: Callable[..., Any]) -> Any:
    return make_user("Olga", language="en", is_staff=True, is_superuser=True)


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    def client(user: Any) -> Client:
        signed_in = Client()
        signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return signed_in

    return client
