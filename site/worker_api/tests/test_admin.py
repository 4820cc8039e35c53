from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from worker_api import keys
from worker_api.tests import make

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Any], Client]


def test_the_owner_sees_the_keys_but_never_a_secret(
    owner: Any, client_of: ClientOf
) -> None:
    key, text = make.key("journal:write", name="Laptop")
    page = client_of(owner).get(reverse("worker_keys:index"))
    assert page.status_code == 200
    assert "<title>Worker keys - " in page.text
    assert "<code>manage.py apikey create</code>" in page.text
    assert "Laptop" in page.text
    assert key.key_id in page.text
    assert key.digest not in page.text
    assert text not in page.text


def test_the_owner_revokes_a_key(owner: Any, client_of: ClientOf) -> None:
    key, text = make.key(name="Laptop")
    client = client_of(owner)
    url = reverse("worker_keys:revoke", args=[key.pk])
    assert "Laptop" in client.get(url).text
    assert keys.find(text)
    assert client.post(url).status_code == 302
    assert keys.find(text) is None


def test_editors_and_students_have_no_business_there(
    editor: Any, alice: Any, client_of: ClientOf
) -> None:
    key, text = make.key()
    for person in (editor, alice):
        client = client_of(person)
        assert client.get(reverse("worker_keys:index")).status_code == 302
        client.post(reverse("worker_keys:revoke", args=[key.pk]))
    assert keys.find(text)
